/** The one way to wait for an answer: loading, slow, failed, empty, or what is there. */
import type { UseQueryResult } from "@tanstack/react-query";
import { Alert, Empty, Skeleton } from "antd";
import { useEffect, useState, type ReactNode } from "react";
import { useTranslation } from "react-i18next";

import { ProblemView } from "./ProblemView";

const SLOW_MS = 4_000;

interface Props<Data> {
  query: UseQueryResult<Data>;
  /** Says what is not there, and what one could do about it. */
  empty?: ((data: Data) => string | false) | undefined;
  rows?: number;
  children: (data: Data) => ReactNode;
}

export function Loaded<Data>({ query, empty, rows = 4, children }: Props<Data>) {
  if (query.data === undefined) {
    // While it is tried again the page waits, and says so.
    return query.isError && !query.isFetching ? (
      <ProblemView error={query.error} retry={() => void query.refetch()} />
    ) : (
      <Waiting rows={rows} />
    );
  }
  const nothing = empty?.(query.data);
  return (
    <>
      {query.isError ? <Stale retry={() => void query.refetch()} /> : null}
      {nothing ? <Empty image={Empty.PRESENTED_IMAGE_SIMPLE} description={nothing} /> : children(query.data)}
    </>
  );
}

function Waiting({ rows }: { rows: number }) {
  const { t } = useTranslation();
  const [slow, setSlow] = useState(false);
  useEffect(() => {
    const timer = setTimeout(() => setSlow(true), SLOW_MS);
    return () => clearTimeout(timer);
  }, []);
  return (
    <div aria-busy="true" aria-live="polite">
      <span className="unseen">{t("state.loading")}</span>
      {slow ? <p className="faint">{t("state.slow")}</p> : null}
      <Skeleton active title={false} paragraph={{ rows }} />
    </div>
  );
}

/** What was there stays, and says that it is old. */
function Stale({ retry }: { retry: () => void }) {
  const { t } = useTranslation();
  return (
    <Alert
      type="warning"
      showIcon
      title={t("state.stale")}
      action={
        <button type="button" className="link" onClick={retry}>
          {t("action.retry")}
        </button>
      }
    />
  );
}
