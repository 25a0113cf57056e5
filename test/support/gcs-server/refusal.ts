/** What Cloud Storage says when it does not do what it was asked. */
export type Refusal = Error & { readonly status: number; readonly reason: string };

export const refusal = (status: number, reason: string, message: string): Refusal =>
  Object.assign(new Error(message), { status, reason });
export const isRefusal = (error: unknown): error is Refusal =>
  error instanceof Error && 'status' in error && 'reason' in error;

export const noBucket = () => refusal(404, 'notFound', 'The specified bucket does not exist.');
export const noObject = (bucket: string, name: string) =>
  refusal(404, 'notFound', `No such object: ${bucket}/${name}`);
export const conditionNotMet = () =>
  refusal(412, 'conditionNotMet', 'At least one of the pre-conditions you specified did not hold.');
export const invalid = (message: string) => refusal(400, 'invalid', message);

/** The error document of the JSON API. */
export const errorDocument = ({ status, reason, message }: Refusal) => ({
  error: { code: status, message, errors: [{ message, domain: 'global', reason }] },
});
