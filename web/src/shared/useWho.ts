import { useWord } from "./useWord";

/** A service's job, or the address of the service that told of it: no person. */
const SYSTEM = /^(system$|\/|(stores|customers|loyalty|segmentation|campaigns|notifications|console)\.)/;

/** Who did something: a person's name, without the issuer before it, or the system. */
export function useWho(): (by: string) => string {
  const word = useWord();
  return (by) => (SYSTEM.test(by) ? word("actor", "system") : (by.split("|").at(-1) ?? by));
}
