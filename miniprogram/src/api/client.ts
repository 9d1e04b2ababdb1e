/** One request to the interface. Three ends: an answer, a refusal with its problem, or nothing heard. */
import { host } from "../host";
import type { Problem } from "./screen";

const TIMEOUT = 15_000;
const ORIGIN = import.meta.env.VITE_ORIGIN ?? host.origin;
export const address = (path: string): string => (/^https?:/.test(path) ? path : `${ORIGIN}${path}`);

export interface Answer<T> {
  status: number;
  data: T;
  etag: string;
}

/** The interface answered no. */
export class Refused extends Error {
  constructor(readonly problem: Problem) {
    super(problem.code);
  }
}

/** Nothing was heard: the request may or may not have arrived. */
export class Unheard extends Error {}

export interface Request {
  method?: "GET" | "POST" | "PUT";
  body?: object;
  headers?: Record<string, string>;
}

export function send<T>(path: string, { method = "GET", body, headers = {} }: Request = {}): Promise<Answer<T>> {
  return new Promise((resolve, reject) => {
    uni.request({
      url: `${ORIGIN}/api/v1${path}`,
      method,
      data: body && JSON.stringify(body),
      header: { "Content-Type": "application/json", Accept: "application/json", ...fontHeader(), ...headers },
      timeout: TIMEOUT,
      success: settle,
      // To Alipay any answer but 2xx is a failure, with the answer beside it.
      fail: (fault: UniApp.GeneralCallbackResult & Partial<Said>) => ((fault.statusCode ?? 0) < 300 ? reject(new Unheard()) : settle(fault as Said)),
    });

    function settle({ statusCode, data, header }: Said): void {
      if (statusCode < 300 || statusCode === 304) resolve({ status: statusCode, data: data as T, etag: etagOf(header as Record<string, string>) });
      else reject(new Refused(problemOf(statusCode, data)));
    }
  });
}

type Said = Pick<UniApp.RequestSuccessCallbackResult, "statusCode" | "data" | "header">;

function fontHeader(): Record<string, string> {
  const px = host.fontPx();
  return px === null ? {} : { "X-Font-Px": String(px) };
}

function etagOf(header: Record<string, string>): string {
  const name = Object.keys(header).find((key) => key.toLowerCase() === "etag");
  return name ? header[name]! : "";
}

const NOTHING_MORE = { type: "about:blank", detail: "", remedy: "", facts: {}, screen: null };

function problemOf(status: number, data: unknown): Problem {
  const said = typeof data === "string" ? parsed(data) : data;
  if (said && typeof said === "object" && "title" in said) return { ...NOTHING_MORE, ...(said as Partial<Problem> & Pick<Problem, "title" | "code" | "status">) };
  return { ...NOTHING_MORE, code: `http.${status}`, title: "医院的系统正在忙", detail: "不是您的问题。", remedy: "请稍后再试，或联系导诊台。", status };
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
