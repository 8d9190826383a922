/** Links into the Temporal UI. */

/** Where Temporal's dev server has the UI, as people start it by hand. */
const localUi = 'http://localhost:8233';

/** Address of the UI: `DIGDIR_TEMPORAL_UI`, or that of the local server when Temporal itself is local; else unknown. */
export function uiAddress(environment: NodeJS.ProcessEnv, temporalAddress: string): string | undefined {
  const given = environment.DIGDIR_TEMPORAL_UI;
  if (given) return given.replace(/\/+$/, '');
  return /^(localhost|127\.0\.0\.1|\[::1\])(:|$)/.test(temporalAddress) ? localUi : undefined;
}

/** The page of one run, opened where its details are read. The UI wants `%2F` for a slash in a workflow id. */
export function runLink(ui: string, namespace: string, workflowId: string, runId?: string): string {
  const parts = [namespace, 'workflows', workflowId, ...(runId ? [runId, 'user-metadata'] : [])];
  return `${ui}/namespaces/${parts.map(encodeURIComponent).join('/')}`;
}
