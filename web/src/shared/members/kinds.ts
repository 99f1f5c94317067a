/** The stages, classes and channels that every chain has, in the order in which they are shown. */
export const STAGES = ["new", "active", "cooling", "at_risk", "lost", "back"] as const;

export const CLASSES = [
  "champions",
  "regulars",
  "big_spenders",
  "occasional",
  "slipping_champions",
  "slipping_regulars",
  "lapsed_spenders",
  "dormant",
] as const;

export const CHANNELS = ["sms", "phone", "email", "wechat", "app", "post"] as const;
