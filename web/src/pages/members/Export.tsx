/** The list as a CSV file, with the filter that is set. What a spreadsheet could run is escaped by the server. */
import { DownloadOutlined } from "@ant-design/icons";
import { Button } from "antd";
import { useTranslation } from "react-i18next";

import { answer, board } from "@/api/client";
import { useAction } from "@/api/queries";
import { useFormat } from "@/shared/format";
import { keepAsFile } from "@/shared/keepAsFile";
import { Trouble } from "@/shared/states/Trouble";

import type { Question } from "./question";

export function Export({ question, total }: { question: Question; total: number | null }) {
  const { t } = useTranslation();
  const { number } = useFormat();
  const fetched = useAction(
    (query: Question) => answer(board.GET("/members/export.csv", { params: { query }, parseAs: "blob" })),
    {
      changes: [],
      done: (file) => {
        keepAsFile(file, "members.csv");
      },
    },
  );
  return (
    <>
      <Trouble error={fetched.error} />
      {fetched.isSuccess ? (
        <span role="status" className="good">
          {t("members.exported")}
        </span>
      ) : null}
      <Button
        icon={<DownloadOutlined aria-hidden />}
        loading={fetched.isPending}
        onClick={() => fetched.mutate(question)}
      >
        {total === null ? t("members.export") : t("members.export_count", { count: total, total: number(total) })}
      </Button>
    </>
  );
}
