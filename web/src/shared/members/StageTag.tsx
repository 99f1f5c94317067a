import { useWord } from "../useWord";

/** Where she is in her life as a customer, in words: the colour only repeats it. */
export function StageTag({ stage }: { stage: string | null }) {
  const word = useWord();
  return stage ? <span className={`stage stage-${stage}`}>{word("lifecycle", stage)}</span> : null;
}
