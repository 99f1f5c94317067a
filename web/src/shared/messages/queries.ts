/** What several pages ask about the words of messages. */
import { answer, notifications } from "@/api/client";
import type { Key } from "@/api/queries";

export const templatesQuery = {
  queryKey: ["messages", "templates"] satisfies Key,
  queryFn: () => answer(notifications.GET("/templates")),
};
