/** The web application: a page that says who is logged in, and the addresses that logins and logouts need. */

import { createServer, type IncomingMessage, type Server } from 'node:http';
import { type Credentials, readCredentials } from './credentials.ts';
import { browserOrigin, type Connect, createConnect, describe } from './idporten.ts';
import { beginLogin, type Citizen, finishLogin, logoutAddress, type PendingLogin } from './login.ts';
import { type Cookie, createCookie, escapeHtml, page, redirect, type Reply, send } from './reply.ts';
import { createSessions, type Sessions } from './sessions.ts';

export type Settings = {
  /** The folder of the credentials, read for each request: a new key is used without a restart. */
  readonly credentials: string;
  /** Where ID-porten tells of logouts, as it is registered. */
  readonly frontchannelLogoutPath: string;
  /** Where ID-porten sends people after a logout, as it is registered; the front page when absent. */
  readonly postLogoutRedirectUri?: string | undefined;
};

type Application = {
  readonly settings: Settings;
  readonly connect: Connect;
  readonly logins: Sessions<PendingLogin>;
  readonly sessions: Sessions<Citizen>;
};

/** A request, and what answers to it depend on. */
type Visit = {
  readonly request: IncomingMessage;
  readonly query: URLSearchParams;
  readonly credentials: Credentials;
  readonly loginCookie: Cookie;
  readonly sessionCookie: Cookie;
};

const MINUTE = 60_000;

/** Serves once it is told to listen. */
export function createRelyingParty(settings: Settings): Server {
  const application = {
    settings,
    connect: createConnect(),
    logins: createSessions<PendingLogin>({ idle: 10 * MINUTE, longest: 10 * MINUTE }),
    sessions: createSessions<Citizen>({ idle: 30 * MINUTE, longest: 120 * MINUTE }),
  };
  return createServer((request, response) => {
    answer(application, request)
      .catch((error: unknown) => failed(500, 'Something went wrong.', error))
      .then((reply) => send(response, reply))
      .catch(() => response.destroy());
  });
}

async function answer(application: Application, request: IncomingMessage): Promise<Reply> {
  const credentials = await readCredentials(application.settings.credentials);
  const { origin, protocol, pathname: callbackPath } = new URL(credentials.IDPORTEN_REDIRECT_URI);
  const url = new URL(`${origin}${request.url}`);
  const loginCookie = createCookie('login', protocol === 'https:');
  const sessionCookie = createCookie('session', protocol === 'https:');
  const visit = { request, query: url.searchParams, credentials, loginCookie, sessionCookie };

  switch (`${request.method} ${url.pathname}`) {
    case 'GET /':
      return frontPage(application, visit);
    case 'GET /login':
      return login(application, visit);
    case `GET ${callbackPath}`:
      return callback(application, visit);
    case 'POST /logout':
      return logout(application, visit);
    case `GET ${application.settings.frontchannelLogoutPath}`:
      return frontchannelLogout(application, visit);
    default:
      return page(404, '<p>There is nothing here.</p>');
  }
}

function frontPage({ sessions }: Application, { request, sessionCookie }: Visit): Reply {
  const citizen = sessions.find(sessionCookie.read(request));
  if (!citizen) return page(200, '<p>Nobody is logged in.</p>\n<a href="/login">Log in</a>');
  const who = `<p>Logged in: <b>${escapeHtml(citizen.pid)}</b>, ${escapeHtml(citizen.level)}</p>`;
  // Not a link, so that no other site can log people out.
  return page(200, `${who}\n<form method="post" action="/logout"><button>Log out</button></form>`);
}

async function login({ connect, logins }: Application, { credentials, loginCookie }: Visit): Promise<Reply> {
  const { address, pending } = await beginLogin(await connect(credentials), credentials.IDPORTEN_REDIRECT_URI);
  return redirect(address, loginCookie.write(logins.start(pending)));
}

async function callback({ connect, logins, sessions }: Application, visit: Visit): Promise<Reply> {
  const { request, query, credentials, loginCookie, sessionCookie } = visit;
  const pending = logins.end(loginCookie.read(request));
  if (!pending) return page(400, '<p>No login has begun here.</p>\n<a href="/login">Log in</a>');
  const address = new URL(credentials.IDPORTEN_REDIRECT_URI);
  address.search = query.toString();
  try {
    const citizen = await finishLogin(await connect(credentials), address, pending);
    sessions.end(sessionCookie.read(request));
    return redirect('/', loginCookie.clear(), sessionCookie.write(sessions.start(citizen)));
  } catch (error) {
    return failed(400, 'The login did not succeed.', error);
  }
}

async function logout({ settings, connect, sessions }: Application, visit: Visit): Promise<Reply> {
  const { request, credentials, sessionCookie } = visit;
  const citizen = sessions.end(sessionCookie.read(request));
  if (!citizen) return redirect('/', sessionCookie.clear());
  const back = settings.postLogoutRedirectUri ?? new URL('/', credentials.IDPORTEN_REDIRECT_URI).href;
  return redirect(logoutAddress(await connect(credentials), citizen.idToken, back), sessionCookie.clear());
}

/** In a hidden iframe of ID-porten's, whoever logs out anywhere. Browsers send no cookies there: `sid` is all there is. */
async function frontchannelLogout({ connect, sessions }: Application, { query, credentials }: Visit): Promise<Reply> {
  const [iss, sid] = [query.get('iss'), query.get('sid')];
  if (iss === null || sid === null) return page(400, '<p>iss and sid are missing.</p>');
  sessions.endWhere((citizen) => citizen.issuer === iss && citizen.sid === sid);
  const idporten = browserOrigin(await connect(credentials));
  return page(200, '', { 'content-security-policy': `default-src 'none'; frame-ancestors ${idporten}` });
}

/** People are told no details; the log is. */
function failed(status: number, message: string, error: unknown): Reply {
  console.error(message, describe(error));
  return page(status, `<p>${message}</p>\n<a href="/">Back</a>`);
}
