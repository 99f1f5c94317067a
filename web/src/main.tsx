import "@/styles/base.css";

import { StrictMode } from "react";
import { createRoot } from "react-dom/client";

import { queryClient } from "@/api/queries";
import { session } from "@/api/session";
import { App } from "@/app/App";
import { meQuery } from "@/app/me";
import { loadAhead } from "@/app/Pages";
import { startLanguage } from "@/i18n";

const root = document.getElementById("root");
if (!root) throw new Error("the page has no #root");

// At once, not one after the other: her words, who she is, and the page that she asked for.
if (session.get().token !== null) {
  // What fails here is said where it is asked for again.
  void queryClient.query(meQuery).catch(() => undefined);
  loadAhead(location.pathname);
}
await startLanguage();
createRoot(root).render(
  <StrictMode>
    <App />
  </StrictMode>,
);
