import { useQuery } from "@tanstack/react-query";

import { answer, segmentation } from "@/api/client";
import type { Key } from "@/api/queries";
import { useMay } from "@/app/me";

import { useWord } from "../useWord";
import { useSegmentName } from "./useSegmentName";

export const segmentsQuery = {
  queryKey: ["members", "segments"] satisfies Key,
  queryFn: () => answer(segmentation.GET("/segments")),
};

/** What segments are called, by their codes; the code itself until it is known, or where it may not be. */
export function useSegmentNames(): (code: string) => string {
  const named = useSegmentName();
  const word = useWord();
  const segments = useQuery({ ...segmentsQuery, enabled: useMay("segmentation.segments.read") });
  return (code) => {
    const found = segments.data?.items.find((one) => one.code === code);
    return found ? named(found) : word("segment", code);
  };
}
