/** Around every page: where one may go, who is signed in, the language, whether changes arrive. */
import { useQuery } from "@tanstack/react-query";
import { Suspense, useState } from "react";
import { useTranslation } from "react-i18next";
import { Outlet, useLocation } from "react-router";

import { Loaded } from "@/shared/states/Loaded";
import { Loading } from "@/shared/states/Loading";

import { meQuery } from "../me";
import { LanguageSwitch } from "./LanguageSwitch";
import { LiveIndicator } from "./LiveIndicator";
import { Navigation } from "./Navigation";
import { PageErrors } from "./PageErrors";

export function Shell() {
  const { t } = useTranslation();
  const me = useQuery(meQuery);
  const { pathname } = useLocation();
  const [open, setOpen] = useState(false);
  return (
    <div className="shell">
      <a className="skip" href="#content">
        {t("shell.skip")}
      </a>
      <header className="bar">
        <button
          type="button"
          className="menu-button"
          aria-expanded={open}
          aria-controls="places"
          onClick={() => setOpen(!open)}
        >
          <span aria-hidden>☰</span>
          <span className="unseen">{t("shell.menu")}</span>
        </button>
        <span className="brand">
          Regulars <span lang="zh-CN">熟客</span>
        </span>
        <span className="grow" />
        {me.data ? <LiveIndicator /> : null}
        <LanguageSwitch />
      </header>
      <div className={open ? "side side-open" : "side"} id="places">
        {me.data ? <Navigation me={me.data} onGone={() => setOpen(false)} /> : null}
      </div>
      <main id="content" tabIndex={-1} className="content" data-at={pathname}>
        <Loaded query={me}>
          {() => (
            <PageErrors key={pathname}>
              <Suspense fallback={<Loading />}>
                <Outlet />
              </Suspense>
            </PageErrors>
          )}
        </Loaded>
      </main>
    </div>
  );
}
