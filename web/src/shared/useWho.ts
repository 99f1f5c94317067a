import { useWord } from "./useWord";

/** Who did something: a person's name, without the issuer that stands before it; what has no issuer is the system. */
export function useWho(): (by: string) => string {
  const word = useWord();
  return (by) => {
    const [issuer, name] = by.split("|");
    return issuer && name ? name : word("actor", "system");
  };
}
