/** The page of a run in the Temporal UI, as a person uses it: the details are read, and messages are sent from dialogs. */
import type { FrameLocator, Locator, Page } from 'playwright-core';

/** Opens the tab that holds the details, and resolves once they show this heading. */
export async function readDetails(page: Page, heading: string): Promise<FrameLocator> {
  await page.getByTestId('user-metadata-tab').click();
  return detailsShowing(page, heading);
}

/** Asks for the details as they are now, and resolves once they show this text. */
export async function refreshDetails(page: Page, text: string): Promise<FrameLocator> {
  await page.keyboard.press('r');
  return detailsShowing(page, text);
}

async function detailsShowing(page: Page, text: string): Promise<FrameLocator> {
  const details = page.frameLocator('#user-metadata-current-details');
  await details.getByText(text).first().waitFor();
  return details;
}

/** All that the details say. */
export async function textOf(details: FrameLocator): Promise<string> {
  return (await details.locator('main').innerText()).trim();
}

/** The text after the bold name of a fact: `per` for `• From: per`. */
export async function fact(details: FrameLocator, name: string): Promise<string> {
  const line = await details
    .getByRole('listitem')
    .filter({ hasText: `${name}:` })
    .first()
    .innerText();
  return line.slice(line.indexOf(`${name}:`) + name.length + 1).trim();
}

type Message = { readonly kind: 'signal' | 'update'; readonly name: string; readonly data: string };

/** Sends a message by the dialog, and tells how the dialog describes it. Resolves when the dialog has closed. */
export async function send(page: Page, { kind, name, data }: Message): Promise<string> {
  await page.getByRole('button', { name: 'More Actions' }).filter({ visible: true }).click();
  await page.getByTestId(`${kind}-button`).filter({ visible: true }).click();
  const dialog = page.getByTestId(`${kind}-confirmation-modal`).filter({ visible: true });
  const description = await choose(dialog, kind, name);
  await dialog.getByRole('textbox', { name: 'Data' }).fill(data);
  await submit(dialog);
  return description;
}

/** On a busy machine the dialog may not have taken in the text yet, and a click on its button then does nothing. */
async function submit(dialog: Locator): Promise<void> {
  for (let click = 1; ; click += 1) {
    await dialog.getByTestId('confirm-modal-button').click();
    const closed = dialog.waitFor({ state: 'hidden', timeout: 20_000 }).then(
      () => true,
      () => false,
    );
    if (await closed) return;
    if (click === 5) throw new Error(`The dialog stays: ${await dialog.innerText()}`);
  }
}

async function choose(dialog: Locator, kind: Message['kind'], name: string): Promise<string> {
  await dialog.getByTestId(`${kind}-select-button`).click();
  const option = dialog.getByRole('option').filter({ has: dialog.page().getByText(name, { exact: true }) });
  const description = await option.innerText();
  await option.click();
  return description;
}
