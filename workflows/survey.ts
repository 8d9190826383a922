/** What `digdir adopt` looks at: the organisation's clients at Digdir, listed once. */

import { surveyIdStem } from '../domain/survey.ts';
import type { Survey, SurveyRequest } from '../domain/survey.ts';
import { operator } from './activities.ts';
import { checking } from './provisioning.ts';
import { failureIn } from './refusals.ts';
import { isLook } from './read-provisioning.ts';
import { requireIdStem } from './workflow-id.ts';

export async function surveyClients(input: SurveyRequest): Promise<Survey> {
  const isReadable = isLook(input);
  if (isReadable) requireIdStem(surveyIdStem(input));
  // An input that is not even readable is refused by the activity, which tells all that is wrong with it.
  const survey = operator(isReadable ? input.pace : checking, "List the organisation's clients").surveyClients(input);
  return await survey.catch((error: unknown) => {
    throw failureIn(error);
  });
}
