/** Which Temporal CLI this project runs, and what it is called on this machine. */

/** The pinned release: server 1.32.0 and UI 2.54.1, as in `docker-compose.yml`. */
export const CLI_VERSION = '1.9.1';

/** The first that knows every flag `startTemporal` gives (`--ui-disable-news-fetch` came with 1.8.0). */
export const MINIMUM_CLI_VERSION = '1.8.0';

export const executableName = process.platform === 'win32' ? 'temporal.exe' : 'temporal';
