// The three questions the canvas asks the server. Every answer is JSON or a piece of HTML; a refusal is a sentence.

export class Server {
  constructor(urls) {
    this.urls = urls;
  }

  async check(tree, signal) {
    return (await this.post(this.urls.check, { tree }, signal)).json();
  }

  async read(tree, condition, at) {
    return (await this.post(this.urls.read, { tree, condition, at })).json();
  }

  async preview(tree, at, state, elder, signal) {
    return (await this.post(this.urls.preview, { tree, at, state, elder }, signal)).text();
  }

  async post(url, body, signal) {
    const token = document.querySelector("input[name=csrfmiddlewaretoken]")?.value ?? "";
    let answer;
    try {
      answer = await fetch(url, { method: "POST", signal, headers: { "Content-Type": "application/json", "X-CSRFToken": token, "X-Requested-With": "XMLHttpRequest" }, body: JSON.stringify(body) });
    } catch (problem) {
      if (problem.name === "AbortError") throw problem;
      throw new Error("网络不通，改动留在这一页，没有丢。");
    }
    if (answer.redirected || answer.status === 403) throw new Error("登录已过期或页面放得太久，请在新窗口登录后再保存，改动留在这一页。");
    if (!answer.ok) {
      const said = await answer.json().catch(() => ({}));
      throw new Error(said.message ?? "服务器出错了，改动留在这一页，没有丢。");
    }
    return answer;
  }
}
