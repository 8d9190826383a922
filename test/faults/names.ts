/** The name without `projects/…/`: the project is written by its id or its number. */
export const drawnBack = (name: string): string => name.replace(/^projects\/[^/]+\//, '');
