/** The one way to show a long story: what is newest first, and more of it when asked for. */
import type { InfiniteData, UseInfiniteQueryResult } from "@tanstack/react-query";
import { Button, Empty, Skeleton } from "antd";
import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";

import { ProblemView } from "../states/ProblemView";

interface Props<Item> {
  query: UseInfiniteQueryResult<InfiniteData<{ items: Item[] }>>;
  empty: string;
  children: (items: Item[]) => ReactNode;
}

export function MorePages<Item>({ query, empty, children }: Props<Item>) {
  const { t } = useTranslation();
  if (query.data === undefined) {
    if (query.isError) return <ProblemView error={query.error} retry={() => void query.refetch()} />;
    return <Skeleton active title={false} paragraph={{ rows: 6 }} />;
  }
  const items = query.data.pages.flatMap((page) => page.items);
  if (items.length === 0) return <Empty image={Empty.PRESENTED_IMAGE_SIMPLE} description={empty} />;
  return (
    <>
      {children(items)}
      {query.hasNextPage ? (
        <Button block loading={query.isFetchingNextPage} onClick={() => void query.fetchNextPage()}>
          {t("list.more")}
        </Button>
      ) : null}
    </>
  );
}
