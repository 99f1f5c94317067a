import action from "./action.json";
import calendar from "./calendar.json";
import campaigns from "./campaigns.json";
import complaints from "./complaints.json";
import consent_text from "./consent_text.json";
import consents from "./consents.json";
import erase from "./erase.json";
import form from "./form.json";
import funnel from "./funnel.json";
import list from "./list.json";
import live from "./live.json";
import member from "./member.json";
import members from "./members.json";
import message from "./message.json";
import messages from "./messages.json";
import offer from "./offer.json";
import operations from "./operations.json";
import overview from "./overview.json";
import partners from "./partners.json";
import place from "./place.json";
import points from "./points.json";
import privacy from "./privacy.json";
import problem from "./problem.json";
import receipt from "./receipt.json";
import refusal from "./refusal.json";
import register from "./register.json";
import result from "./result.json";
import reveal from "./reveal.json";
import rule from "./rule.json";
import sales from "./sales.json";
import segments from "./segments.json";
import serve from "./serve.json";
import shell from "./shell.json";
import sign_in from "./sign_in.json";
import span from "./span.json";
import state from "./state.json";
import statements from "./statements.json";
import step from "./step.json";
import stores from "./stores.json";
import tasks from "./tasks.json";
import templates from "./templates.json";
import today from "./today.json";
import why from "./why.json";
import words from "./words.json";

export default {
  action,
  calendar,
  campaigns,
  complaints,
  consent_text,
  consents,
  erase,
  form,
  funnel,
  list,
  live,
  member,
  members,
  message,
  messages,
  offer,
  operations,
  overview,
  partners,
  place,
  points,
  privacy,
  problem,
  receipt,
  refusal,
  register,
  result,
  reveal,
  rule,
  sales,
  segments,
  serve,
  shell,
  sign_in,
  span,
  state,
  statements,
  step,
  stores,
  tasks,
  templates,
  today,
  why,
  words,
};
