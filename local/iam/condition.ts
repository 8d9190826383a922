/**
 * IAM Conditions, as far as they are evaluated here: that the resource's name begins with one of some texts
 * (cloud.google.com/iam/docs/conditions-resource-attributes). Names hold the project's number, those of versions go on
 * where their secret's ends, and what is made or listed is asked of the project, whose name is shorter.
 */

/** A `google.type.Expr`, with its fields in the order of the protocol. */
export type Condition = {
  readonly expression: string;
  readonly title: string;
  readonly description: string;
  readonly location: string;
};

export type WireCondition = { readonly [field in keyof Condition]?: string | null };

/** One form for what is the same condition, whoever wrote it. */
export const conditionOf = ({ expression, title, description, location }: WireCondition): Condition => ({
  expression: expression ?? '',
  title: title ?? '',
  description: description ?? '',
  location: location ?? '',
});

/** Whether the condition is met for the resource of this canonical name; one of another form is met for none. */
export function isMet({ expression }: Condition, name: string): boolean {
  const terms = expression
    .split('||')
    .map((term) => /^\s*resource\.name\.startsWith\("([^"\\]+)"\)\s*$/.exec(term)?.[1]);
  return terms.every((start) => start !== undefined) && terms.some((start) => start && name.startsWith(start));
}
