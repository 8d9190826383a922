/** Why this machine cannot have a local world now, in words for whoever asked for one: what is in the way, and what to do. */
export class WorldFault extends Error {
  override readonly name = 'WorldFault';
}
