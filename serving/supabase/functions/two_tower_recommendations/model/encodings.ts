// The types of encodings.json that concern a user: schema/documents/encodings.py has all of them.

export interface NumberEncoding {
  kind: "number" | "log_number";
  feature: string;
  low: number;
  high: number;
  outside: "clipped" | "missing";
  mean: number;
  variance: number;
}

export interface SharesEncoding {
  kind: "shares";
  feature: string;
  counts: string;
  vocabulary: string[];
}

export interface Histories {
  features: string[];
  length: number;
  seen: boolean;
  decay: number;
  exposure_share: number;
  prior: number;
  trained: number;
  closed: number[];
  groups: number[];
}

export interface Encodings {
  version: string;
  known_videos: string[];
  user: (NumberEncoding | SharesEncoding)[];
  histories: Histories;
}
