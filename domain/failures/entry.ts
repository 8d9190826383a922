/** The form of an entry in the tables of failure codes. */

export type FailureClass = 'usage' | 'finding' | 'gate' | 'passing' | 'refused' | 'ended' | 'defect' | 'notice';

export type Entry = readonly [failureClass: FailureClass, title: string, remedy: string];
