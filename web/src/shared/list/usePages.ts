/** Turning the pages of a list: the cursor in the address, the way back in the browser's own history. */
import { useLocation, useNavigate, useSearchParams } from "react-router";

interface Trail {
  /** Cursors of the pages before this one; empty text is the first page's. */
  trail?: string[];
}

export interface Pages {
  cursor: string | undefined;
  /** Behind the first page. */
  inside: boolean;
  /** It is known which page was before; not for whoever was sent the address. */
  known: boolean;
  go: (cursor: string) => void;
  back: () => void;
}

export function usePages(): Pages {
  const [params] = useSearchParams();
  const navigate = useNavigate();
  const trail = (useLocation().state as Trail | null)?.trail ?? [];
  const cursor = params.get("cursor") ?? "";
  const show = (wanted: string, behind: string[]) => {
    const next = new URLSearchParams(params);
    if (wanted) next.set("cursor", wanted);
    else next.delete("cursor");
    void navigate({ search: next.toString() }, { state: { trail: behind } });
  };
  return {
    cursor: cursor || undefined,
    inside: cursor !== "",
    known: trail.length > 0,
    go: (wanted) => show(wanted, [...trail, cursor]),
    back: () => show(trail.at(-1) ?? "", trail.slice(0, -1)),
  };
}
