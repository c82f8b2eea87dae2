const imperatives =
  "Add|Change|Check|Choose|Correct|Deploy|Fix|Free|Give|Make|Push|Raise|Request|Restore|Retry|See|Set|Speed|Start|Update|Use";

const nextStep = new RegExp(`(?:^|[.:;)] )(?:${imperatives})\\b`, "i");

/** Whether a failure's message has a sentence that says what to do, since nothing else shown with it does. */
export const namesNextStep = (message: string): boolean => nextStep.test(message);
