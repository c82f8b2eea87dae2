/** Which call of AWS an error answers; the SDK's errors do not say it. */
const failedCalls = new WeakMap<Error, string>();

/** Such as `ECS ListServices`; `null`: its client did not note it. */
export const failedCallOf = (error: Error): string | null => failedCalls.get(error) ?? null;

type Handler = (args: unknown) => Promise<unknown>;

/** What all clients' stacks of middleware have in common: each has the types of its own service. */
interface Stack {
  readonly add: (
    middleware: (next: Handler, context: { readonly clientName?: string; readonly commandName?: string }) => Handler,
    options: { readonly step: "initialize"; readonly name: string; readonly override: true },
  ) => void;
}

/** Has a client note which call each of its errors answers. */
export function noteFailedCalls({ middlewareStack }: { readonly middlewareStack: object }): void {
  (middlewareStack as Stack).add(
    (next, { clientName = "", commandName = "" }) =>
      async (args) => {
        try {
          return await next(args);
        } catch (error) {
          const call = `${clientName.replace(/Client$/, "")} ${commandName.replace(/Command$/, "")}`;
          if (error instanceof Error) failedCalls.set(error, call);
          throw error;
        }
      },
    { step: "initialize", name: "noteFailedCalls", override: true },
  );
}
