/** Builds a segment's rule, node by node, and says while it is built how many it would select. */
import { useQuery } from "@tanstack/react-query";
import { Button, Form, Input } from "antd";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { useNavigate, useParams } from "react-router";

import { answer, segmentation } from "@/api/client";
import type { components } from "@/api/generated/segmentation";
import { useAction } from "@/api/queries";
import { Page } from "@/shared/Page";
import { blank, isUnfinished, ruleOf, toldRule, type Rule } from "@/shared/segments/rules";
import { Loaded } from "@/shared/states/Loaded";
import { Trouble } from "@/shared/states/Trouble";

import { Builder } from "./Builder";
import { Preview } from "./Preview";

type Segment = components["schemas"]["SegmentView"];

export default function SegmentEditPage() {
  const { t } = useTranslation();
  const { code } = useParams();
  const known = useQuery({
    queryKey: ["still", "segment", code],
    enabled: code !== undefined,
    staleTime: Infinity,
    queryFn: () => answer(segmentation.GET("/segments/{code}", { params: { path: { code: code ?? "" } } })),
  });
  return (
    <Page title={code ? t("segments.edit_named", { code }) : t("segments.new")}>
      {code ? <Loaded query={known}>{(segment) => <Editor known={segment} />}</Loaded> : <Editor />}
    </Page>
  );
}

function Editor({ known }: { known?: Segment }) {
  const { t } = useTranslation();
  const navigate = useNavigate();
  const [rule, setRule] = useState<Rule>(known ? ruleOf(known.rule) : blank("all"));
  const save = useAction(
    (body: components["schemas"]["SegmentRequest"], header) =>
      answer(segmentation.POST("/segments", { body, params: { header } })),
    { changes: ["members"], done: ({ code }) => void navigate(`/segments/${code}`) },
  );
  return (
    <Form<{ code: string; name: string }>
      layout="vertical"
      requiredMark={false}
      initialValues={{ code: known?.code, name: known?.name }}
      onFinish={({ code, name }) => save.mutate({ code, name, rule: toldRule(rule) })}
    >
      <div className="stack">
        <div className="panel fields">
          <Form.Item
            name="name"
            label={t("segments.name")}
            rules={[{ required: true, message: t("segments.name_missing") }]}
          >
            <Input maxLength={120} autoFocus />
          </Form.Item>
          <Form.Item
            name="code"
            label={t("segments.code")}
            extra={t("segments.code_hint")}
            rules={[{ required: true, pattern: /^[a-z0-9][a-z0-9-]*$/, message: t("segments.code_wrong") }]}
          >
            <Input maxLength={60} disabled={known !== undefined} spellCheck={false} />
          </Form.Item>
        </div>
        <section className="panel">
          <h2>{t("segments.rule")}</h2>
          <Builder rule={rule} change={setRule} />
        </section>
        <Preview rule={rule} />
        <Trouble error={save.error} />
        <Button type="primary" htmlType="submit" loading={save.isPending} disabled={isUnfinished(rule)}>
          {t("segments.save")}
        </Button>
      </div>
    </Form>
  );
}
