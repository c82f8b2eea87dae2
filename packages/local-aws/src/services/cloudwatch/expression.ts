/** What an alarm's metric math may say here: numbers, ids, `+ - * /`, comparisons, `IF`, `FILL` with a number, `MAX` of a list. */
export type Expression = (values: Values) => number | undefined;

/** The metrics of one period by their ids; `undefined`: nothing was counted. */
type Values = (id: string) => number | undefined;

type Binary = (a: number, b: number) => number;

const COMPARISONS: Readonly<Record<string, Binary>> = {
  ">=": (a, b) => Number(a >= b),
  "<=": (a, b) => Number(a <= b),
  ">": (a, b) => Number(a > b),
  "<": (a, b) => Number(a < b),
  "==": (a, b) => Number(a === b),
};
const SUMS: Readonly<Record<string, Binary>> = { "+": (a, b) => a + b, "-": (a, b) => a - b };
const PRODUCTS: Readonly<Record<string, Binary>> = { "*": (a, b) => a * b, "/": (a, b) => a / b };

const TOKEN = /\s*(\d+(?:\.\d+)?|[A-Za-z_]\w*|>=|<=|==|[-+*/<>(),[\]])/y;

function tokensOf(text: string): string[] {
  const tokens: string[] = [];
  TOKEN.lastIndex = 0;
  while (TOKEN.lastIndex < text.trimEnd().length) {
    const at = TOKEN.lastIndex;
    const [, token] = TOKEN.exec(text) ?? [];
    if (token === undefined) throw new SyntaxError(`it is not understood at "${text.slice(at, at + 20)}"`);
    tokens.push(token);
  }
  return tokens;
}

/** What is missing makes everything that is made of it missing, until a `FILL`. */
const both =
  (apply: Binary, left: Expression, right: Expression): Expression =>
  (values) => {
    const [a, b] = [left(values), right(values)];
    if (a === undefined || b === undefined) return undefined;
    const result = apply(a, b);
    return Number.isFinite(result) ? result : undefined;
  };

const FUNCTIONS: Readonly<Record<string, (...of: Expression[]) => Expression>> = {
  IF: (condition, yes, no) => (values) => {
    const met = condition?.(values);
    return met === undefined ? undefined : (met === 0 ? no : yes)?.(values);
  },
  FILL: (metric, instead) => (values) => metric?.(values) ?? instead?.(values),
  MAX:
    (...of) =>
    (values) => {
      const known = of.map((one) => one(values)).filter((value) => value !== undefined);
      return known.length === 0 ? undefined : Math.max(...known);
    },
};

class Parser {
  readonly #tokens: readonly string[];
  readonly #ids: ReadonlySet<string>;
  #at = 0;

  constructor(text: string, ids: ReadonlySet<string>) {
    this.#tokens = tokensOf(text);
    this.#ids = ids;
  }

  whole(): Expression {
    const parsed = this.#comparison();
    if (this.#at < this.#tokens.length) throw new SyntaxError(`"${this.#tokens[this.#at]}" was not expected`);
    return parsed;
  }

  #comparison(): Expression {
    return this.#chain(COMPARISONS, () => this.#sum());
  }

  #sum(): Expression {
    return this.#chain(SUMS, () => this.#product());
  }

  #product(): Expression {
    return this.#chain(PRODUCTS, () => this.#operand());
  }

  #chain(operators: Readonly<Record<string, Binary>>, next: () => Expression): Expression {
    let left = next();
    for (let apply = this.#operator(operators); apply !== undefined; apply = this.#operator(operators)) {
      left = both(apply, left, next());
    }
    return left;
  }

  #operator(operators: Readonly<Record<string, Binary>>): Binary | undefined {
    const token = this.#tokens[this.#at] ?? "";
    if (!Object.hasOwn(operators, token)) return undefined;
    this.#at += 1;
    return operators[token];
  }

  #operand(): Expression {
    const token = this.#take();
    if (/^\d/.test(token)) return () => Number(token);
    if (token === "(") return this.#closed(")", this.#comparison());
    if (Object.hasOwn(FUNCTIONS, token)) return this.#call(token);
    if (!this.#ids.has(token)) throw new SyntaxError(`"${token}" is neither a metric's id nor known here`);
    return (values) => values(token);
  }

  #call(name: string): Expression {
    this.#expect("(");
    const isList = this.#tokens[this.#at] === "[";
    if (isList) this.#take();
    const given = [this.#comparison()];
    while (this.#tokens[this.#at] === ",") {
      this.#take();
      given.push(this.#comparison());
    }
    if (isList) this.#expect("]");
    this.#expect(")");
    return FUNCTIONS[name]?.(...given) ?? (() => undefined);
  }

  #closed(token: string, inner: Expression): Expression {
    this.#expect(token);
    return inner;
  }

  #expect(wanted: string): void {
    const token = this.#take();
    if (token !== wanted) throw new SyntaxError(`"${wanted}" was expected instead of "${token}"`);
  }

  #take(): string {
    const token = this.#tokens[this.#at];
    if (token === undefined) throw new SyntaxError("it ends too early");
    this.#at += 1;
    return token;
  }
}

/** Reads metric math over these ids. Throws `SyntaxError` for what is wrong or not known here. */
export const parseExpression = (text: string, ids: readonly string[]): Expression =>
  new Parser(text, new Set(ids)).whole();
