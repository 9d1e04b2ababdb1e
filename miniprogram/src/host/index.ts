/** The one place where the three targets part. */
import type { Host } from "./port";
// #ifdef MP-WEIXIN
import { wechat } from "./wechat";
// #endif
// #ifdef MP-ALIPAY
import { alipay } from "./alipay";
// #endif
// #ifdef H5
import { h5 } from "./h5";
// #endif

let here: Host | undefined;
// #ifdef MP-WEIXIN
here = wechat;
// #endif
// #ifdef MP-ALIPAY
here = alipay;
// #endif
// #ifdef H5
here = h5;
// #endif

export const host = here as Host;
