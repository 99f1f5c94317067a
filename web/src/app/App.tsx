/** What every page stands in: the theme, the cache, the language, who is signed in. */
import { QueryClientProvider } from "@tanstack/react-query";
import { ConfigProvider } from "antd";
import en from "antd/locale/en_US";
import zh from "antd/locale/zh_CN";
import { lazy, Suspense } from "react";
import { BrowserRouter } from "react-router";

import { queryClient } from "@/api/queries";
import { useSession } from "@/api/session";
import { useLanguage } from "@/i18n/useLanguage";

import { nonce } from "./nonce";
import { Pages } from "./Pages";
import { theme } from "./theme";

// Whoever is signed in already does not wait for what only signing in needs.
const SignInPage = lazy(() => import("./sign-in/SignInPage"));
const SignInAgain = lazy(() => import("./sign-in/SignInAgain"));

export function App() {
  const language = useLanguage();
  const { token, expired } = useSession();
  return (
    <ConfigProvider
      csp={{ nonce: nonce() }}
      theme={theme}
      locale={language === "zh-CN" ? zh : en}
      button={{ autoInsertSpace: false }}
    >
      <QueryClientProvider client={queryClient}>
        <BrowserRouter>{token === null ? null : <Pages />}</BrowserRouter>
        <Suspense>
          {token === null ? <SignInPage /> : null}
          {expired ? <SignInAgain /> : null}
        </Suspense>
      </QueryClientProvider>
    </ConfigProvider>
  );
}
