import vm from "node:vm";
import { TestEnvironment } from "jest-environment-node";

/**
 * Jest's environment for Node.js with an ordinary global object. Jest's own is a `Proxy`, and each use of a global (`Map`, `Promise`,
 * `Date`) goes through it, which makes code that computes take up to two thirds longer. Jest has no option for that, so
 * {@link vm.createContext} makes an ordinary global while Jest asks for one.
 */
export default class PlainEnvironment extends TestEnvironment {
  constructor(config, context) {
    const { createContext } = vm;
    vm.createContext = () => createContext(vm.constants.DONT_CONTEXTIFY);
    try {
      super(config, context);
    } finally {
      vm.createContext = createContext;
    }
  }
}
