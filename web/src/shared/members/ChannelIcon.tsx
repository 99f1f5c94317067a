import {
  AppstoreOutlined,
  MailOutlined,
  MessageOutlined,
  MobileOutlined,
  PhoneOutlined,
  WechatOutlined,
} from "@ant-design/icons";
import type { ComponentType } from "react";

const ICONS: Record<string, ComponentType> = {
  sms: MessageOutlined,
  phone: PhoneOutlined,
  email: MailOutlined,
  wechat: WechatOutlined,
  app: MobileOutlined,
};

export function ChannelIcon({ channel }: { channel: string }) {
  const Icon = ICONS[channel] ?? AppstoreOutlined;
  return <Icon />;
}
