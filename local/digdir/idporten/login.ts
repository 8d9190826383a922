/** The login page: a test citizen types a national identity number, and is believed. */

import type { KoaContextWithOIDC, Provider } from 'oidc-provider';
import { readLevels, reachedLevel } from './levels.ts';
import { escapeHtml, page, readLocale } from './pages.ts';

/** Whose number it may be: eleven digits with a month that no living person's has (Tenor adds 80, others 40 or 65). */
function isSyntheticNumber(text: string): boolean {
  const month = Number(text.slice(2, 4)) % 100;
  return /^\d{11}$/.test(text) && month > 40;
}

/** Serves `/login/{uid}`, where `oidc-provider` sends a browser whose user must log in. */
export async function serveLogin(ctx: KoaContextWithOIDC, provider: Provider, form: URLSearchParams): Promise<void> {
  const { params, prompt } = await provider.interactionDetails(ctx.req, ctx.res);
  // A consent is never asked of a person: clients that request the prompt are answered as if it had been given.
  const result = prompt.name === 'consent' ? { consent: {} } : loginOf(form, params['acr_values']);
  if (ctx.method === 'POST' || prompt.name === 'consent') {
    if (result) {
      ctx.status = 303;
      ctx.redirect(await provider.interactionResult(ctx.req, ctx.res, result));
      return;
    }
    ctx.status = 400;
  }
  ctx.type = 'html';
  const hint = params['login_hint'];
  ctx.body = loginPage(readLocale(params['ui_locales']), typeof hint === 'string' ? hint : '', ctx.status === 400);
}

function loginOf(form: URLSearchParams, acrValues: unknown) {
  if (form.has('abort')) return { error: 'access_denied', error_description: 'The user cancelled the login' };
  const citizen = form.get('pid') ?? '';
  if (!isSyntheticNumber(citizen)) return undefined;
  return { login: { accountId: citizen, acr: reachedLevel(readLevels(acrValues) ?? []), amr: ['TestID'] } };
}

const TEXTS = {
  nb: {
    title: 'Logg inn',
    number: 'Syntetisk fødselsnummer',
    abort: 'Avbryt',
    wrong: 'Ikke et syntetisk fødselsnummer.',
  },
  nn: {
    title: 'Logg inn',
    number: 'Syntetisk fødselsnummer',
    abort: 'Avbryt',
    wrong: 'Ikkje eit syntetisk fødselsnummer.',
  },
  en: {
    title: 'Log in',
    number: 'Synthetic national identity number',
    abort: 'Cancel',
    wrong: 'Not a synthetic national identity number.',
  },
};

/** In Norwegian where there is no text in the language asked for. */
function loginPage(locale: string, hint: string, wrong: boolean): string {
  const language = locale === 'en' || locale === 'nn' ? locale : 'nb';
  const text = TEXTS[language];
  return page(
    text.title,
    `<form method="post">
${wrong ? `<p role="alert">${text.wrong}</p>` : ''}
<label>${text.number} <input name="pid" inputmode="numeric" autofocus value="${escapeHtml(hint)}"></label>
<button type="submit">${text.title}</button> <button type="submit" name="abort" value="yes">${text.abort}</button>
</form>`,
    language,
  );
}
