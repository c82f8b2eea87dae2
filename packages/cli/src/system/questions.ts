import type { Questions } from "./deps.ts";
import { Cancelled } from "./failure.ts";

/** Asks on `output`; the library that does it is loaded with the first question. */
export function nodeQuestions(output: NodeJS.WriteStream): Questions {
  const prompts = () => import("@clack/prompts");
  const answered = <T>(answer: T): Exclude<T, symbol> => {
    if (isAnswer(answer)) return answer;
    throw new Cancelled();
  };
  return {
    confirm: async (message, initialValue) =>
      answered(await (await prompts()).confirm({ message, initialValue, output })),
    text: async (message, initialValue) => answered(await (await prompts()).text({ message, initialValue, output })),
    secret: async (message) => answered(await (await prompts()).password({ message, output })),
    choose: async (message, choices) => {
      const options = choices.map((value) => ({ value, label: value }));
      return answered(await (await prompts()).select<string>({ message, options, output }));
    },
  };
}

/** Ctrl-C answers with a symbol. */
const isAnswer = <T>(answer: T): answer is Exclude<T, symbol> => typeof answer !== "symbol";
