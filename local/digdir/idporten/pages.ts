/** The few HTML pages that a citizen sees. */

/** @param body HTML; texts of others in it must have gone through `escapeHtml`. */
export function page(title: string, body: string, language = 'nb'): string {
  return `<!doctype html>
<html lang="${language}"><head><meta charset="utf-8"><title>${title} – ID-porten (lokal)</title></head>
<body><h1>${title}</h1>
${body}
</body></html>`;
}

export function escapeHtml(text: string): string {
  return text.replaceAll(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);
}

const LOCALES = ['nb', 'nn', 'en', 'se'];

/** The first language of a request's `ui_locales` that ID-porten knows; Bokmål when there is none. */
export function readLocale(wanted: unknown): string {
  const locales = typeof wanted === 'string' ? wanted.split(' ') : [];
  return locales.find((locale) => LOCALES.includes(locale)) ?? 'nb';
}
