/** Whom to call today, why, what to say, and how it went: one tap for each answer. */
import { useQuery } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";

import { answer, notifications } from "@/api/client";
import { useLanguage } from "@/i18n/useLanguage";
import { useNames } from "@/shared/members/useNames";
import { Page } from "@/shared/Page";
import { Loaded } from "@/shared/states/Loaded";
import { useAddress } from "@/shared/useAddress";

import { Task } from "./Task";

export default function TasksPage() {
  const { t } = useTranslation();
  const language = useLanguage();
  const [{ store }] = useAddress();
  const tasks = useQuery({
    queryKey: ["messages", "calls", store, language],
    queryFn: () => answer(notifications.GET("/call-list", { params: { query: { store, language, limit: 100 } } })),
  });
  const names = useNames(tasks.data?.items.map(({ customer_id }) => customer_id) ?? []);
  return (
    <Page title={t("tasks.title")} lead={tasks.data ? t("tasks.count", { count: tasks.data.items.length }) : undefined}>
      <Loaded query={tasks} empty={({ items }) => items.length === 0 && t("tasks.none")}>
        {({ items }) => (
          <ul className="plain grid">
            {items.map((task) => (
              <li key={task.task_id}>
                <Task task={task} names={names} />
              </li>
            ))}
          </ul>
        )}
      </Loaded>
    </Page>
  );
}
