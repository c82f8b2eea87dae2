import * as z from "zod";
import type { LocalContext } from "../../kernel/part.ts";
import {
  AwsError,
  type HttpService,
  type Permission,
  type WireRequest,
  type WireResponse,
} from "../../kernel/service.ts";
import { arnOf, type Body, bodySchema, nameSchema, type RunTimeSchedule } from "./model.ts";
import type { RunTimeSchedules } from "./run-time.ts";

interface Call {
  readonly permissions: readonly Permission[];
  readonly run: () => unknown;
}

const LISTED_AT_ONCE = 100;

function read<T>(schema: z.ZodType<T>, input: unknown): T {
  const parsed = schema.safeParse(input);
  if (parsed.success) return parsed.data;
  throw new AwsError("ValidationException", z.prettifyError(parsed.error));
}

/** The REST API of EventBridge Scheduler: https://docs.aws.amazon.com/scheduler/latest/APIReference/API_Operations.html */
export function schedulerService(
  context: LocalContext,
  schedules: RunTimeSchedules,
  hasGroup: (name: string) => boolean,
): HttpService {
  const requireGroup = (group: string): void => {
    if (!hasGroup(group))
      throw new AwsError("ResourceNotFoundException", `Schedule group ${group} does not exist.`, 404);
  };
  const known = (group: string, name: string): RunTimeSchedule => {
    const found = schedules.get(group, name);
    if (found !== undefined) return found;
    throw new AwsError("ResourceNotFoundException", `Schedule ${name} does not exist.`, 404);
  };
  const on = (action: string, group: string, name: string): Permission => ({
    action: `scheduler:${action}`,
    resource: arnOf(context, group, name),
  });
  const passing = ({ Target }: Body): Permission => ({
    action: "iam:PassRole",
    resource: Target.RoleArn,
    context: { "iam:PassedToService": "scheduler.amazonaws.com" },
  });

  const write = (action: "CreateSchedule" | "UpdateSchedule", name: string, body: Body): Call => ({
    permissions: [on(action, body.GroupName, name), passing(body)],
    run: () => {
      requireGroup(body.GroupName);
      const now = context.clock.now();
      const before = action === "UpdateSchedule" ? known(body.GroupName, name) : schedules.get(body.GroupName, name);
      if (before !== undefined && action === "CreateSchedule")
        throw new AwsError("ConflictException", `Schedule ${name} already exists.`, 409);
      // A rate without a start comes at once; what a cron would have done before is nobody's business.
      const isAtOnce = body.StartDate === undefined && body.ScheduleExpression.startsWith("rate(");
      const doneUntil = isAtOnce ? now - 1 : now;
      schedules.put({ ...body, Name: name, createdAt: before?.createdAt ?? now, changedAt: now, doneUntil });
      return { ScheduleArn: arnOf(context, body.GroupName, name) };
    },
  });

  const get = (group: string, name: string): Call => ({
    permissions: [on("GetSchedule", group, name)],
    run: () => {
      const { createdAt, changedAt, doneUntil: _, ...schedule } = known(group, name);
      return {
        ...schedule,
        Arn: arnOf(context, group, name),
        CreationDate: createdAt / 1000,
        LastModificationDate: changedAt / 1000,
        ActionAfterCompletion: "NONE",
      };
    },
  });

  const remove = (group: string, name: string): Call => ({
    permissions: [on("DeleteSchedule", group, name)],
    run: () => {
      known(group, name);
      schedules.delete(group, name);
      return {};
    },
  });

  const list = (query: URLSearchParams): Call => ({
    permissions: [{ action: "scheduler:ListSchedules", resource: "*" }],
    run: () => {
      const group = query.get("ScheduleGroup");
      const prefix = query.get("NamePrefix") ?? "";
      const after = query.get("NextToken") ?? "";
      if (group !== null) requireGroup(group);
      const found = schedules
        .all()
        .filter(({ GroupName, Name }) => (group === null || GroupName === group) && Name.startsWith(prefix))
        .filter(({ GroupName, Name }) => `${GroupName}/${Name}` > after);
      const page = found.slice(0, Number(query.get("MaxResults") ?? LISTED_AT_ONCE));
      const last = page.at(-1);
      const next =
        found.length > page.length && last !== undefined ? { NextToken: `${last.GroupName}/${last.Name}` } : {};
      return { Schedules: page.map(summaryOf), ...next };
    },
  });

  const summaryOf = ({ GroupName, Name, State, Target, createdAt, changedAt }: RunTimeSchedule) => ({
    Arn: arnOf(context, GroupName, Name),
    GroupName,
    Name,
    State,
    Target: { Arn: Target.Arn },
    CreationDate: createdAt / 1000,
    LastModificationDate: changedAt / 1000,
  });

  const callOf = (request: WireRequest): Call => {
    const { pathname, searchParams } = request.url;
    if (request.method === "GET" && pathname === "/schedules") return list(searchParams);
    const [, encoded] = /^\/schedules\/([^/]+)$/.exec(pathname) ?? [];
    if (encoded !== undefined) {
      const name = read(nameSchema, decodeURIComponent(encoded));
      const body = () => read(bodySchema, JSON.parse(request.body.toString("utf8")));
      const group = read(nameSchema, searchParams.get("groupName") ?? "default");
      if (request.method === "POST") return write("CreateSchedule", name, body());
      if (request.method === "PUT") return write("UpdateSchedule", name, body());
      if (request.method === "GET") return get(group, name);
      if (request.method === "DELETE") return remove(group, name);
    }
    const operation = `${request.method} ${pathname}`;
    throw new AwsError("UnknownOperationException", `The local mode has no operation ${operation} of scheduler.`, 404);
  };

  const answer = (status: number, body: unknown, headers: Readonly<Record<string, string>> = {}): WireResponse => ({
    status,
    headers: { "content-type": "application/json", ...headers },
    body: JSON.stringify(body),
  });

  return {
    kind: "http",
    scope: "scheduler",
    permissions: (request) => callOf(request).permissions,
    handle: async (request) => answer(200, callOf(request).run()),
    refuse: ({ code, message, status }) => answer(status, { Message: message }, { "x-amzn-errortype": code }),
  };
}
