import type { ThemeConfig } from "antd";

/** Every pair of colours that carries words holds WCAG AA (4.5 to 1). */
export const theme: ThemeConfig = {
  token: {
    colorPrimary: "#0b5d4e",
    colorInfo: "#0b5d4e",
    colorLink: "#0b5d4e",
    colorSuccess: "#1b6e34",
    colorWarning: "#8a5a00",
    colorError: "#b3261e",
    // What antd would derive from colours this dark is too dark to stand behind words.
    colorPrimaryBg: "#e0efe9",
    colorInfoBg: "#e0efe9",
    colorInfoBorder: "#a9cfc1",
    colorSuccessBg: "#e3f4e7",
    colorSuccessBorder: "#a8d5b4",
    colorWarningBg: "#fdf3dc",
    colorWarningBorder: "#e6c987",
    colorErrorBg: "#fdecea",
    colorErrorBorder: "#e3a39e",
    colorTextSecondary: "#4c5652",
    colorTextTertiary: "#5a6561",
    colorTextDescription: "#4c5652",
    colorTextPlaceholder: "#69736f",
    colorBgLayout: "#f4f6f3",
    borderRadius: 8,
    fontSize: 15,
    fontFamily:
      '"Inter", "PingFang SC", "Microsoft YaHei", "Noto Sans CJK SC", "Noto Sans SC", system-ui, "Segoe UI", sans-serif',
  },
  components: { Segmented: { trackBg: "#e3e9e4" } },
};
