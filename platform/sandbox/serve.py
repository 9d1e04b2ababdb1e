"""`python -m sandbox.serve`: the HIS on SANDBOX_PORT and WeChat on the port after it, on this machine only, until SIGTERM or Ctrl-C."""

from __future__ import annotations

import signal
import sys
import threading
from typing import Any

from flask import Blueprint, Flask, Response, render_template, request
from waitress.server import create_server
from werkzeug.exceptions import HTTPException

from sandbox import clock, config, console, control, credentials, faults, journal, people
from sandbox.beat import Beat
from sandbox.his import billing, day, directory, events, push, visits
from sandbox.his import desk as his_desk
from sandbox.his import schema as his_schema
from sandbox.his import wire as his_wire
from sandbox.partner import Partner, Refused
from sandbox.store import Store, dump
from sandbox.wechat import demo, notices, refunds
from sandbox.wechat import desk as wechat_desk
from sandbox.wechat import schema as wechat_schema
from sandbox.wechat import wire as wechat_wire

LARGEST = 1_000_000
WORDS = {"not_found": "没有这个接口。", "method_not_allowed": "这个接口不这样用。", "too_large": "内容过大。"}


def partner(place: config.Config, name: str, title: str, schema: str, switches: dict[str, str]) -> Partner:
    store = Store(place.folder / f"{name}.sqlite3", schema)
    made = credentials.prepare(place)
    settings = {"clock_seconds": place.clock_seconds, "retry_scale": place.retry_scale}
    return Partner(title, place, store, faults.Faults(store, switches), credentials.kept(place) or {}, made, settings=settings)


def application(of: Partner, *parts: Blueprint) -> Flask:
    """The parts under one roof: local callers only, every no as JSON (a page for people), every call of the contract noted."""
    app = Flask("sandbox")
    app.config["MAX_CONTENT_LENGTH"] = LARGEST
    app.json.ensure_ascii = False  # type: ignore[attr-defined]
    app.before_request(journal.begin)
    app.before_request(control.local_only)
    for part in parts:
        app.register_blueprint(part)

    @app.errorhandler(Refused)
    def refused(no: Refused) -> Response:
        if request.path.startswith(("/demo/", "/console/")):
            return Response(render_template("refused.html", message=no.message), status=no.status)
        return Response(dump(no.body), status=no.status, content_type="application/json")

    @app.errorhandler(HTTPException)
    def no_such(problem: HTTPException) -> Response:
        code = {404: "not_found", 405: "method_not_allowed", 413: "too_large"}.get(problem.code or 500, "error")
        return Response(
            dump({"code": code, "message": WORDS.get(code, "沙箱出错了。")}), status=problem.code, content_type="application/json"
        )

    @app.after_request
    def note(response: Response) -> Response:
        if request.blueprint == "wire" or response.status_code == 404:
            journal.note(of, response)
        return response

    @app.get("/")
    def home() -> Response:
        return Response(status=302, headers={"Location": "/console/"})

    return app


def hospital(place: config.Config) -> tuple[Flask, Beat, Partner]:
    his = partner(place, "his", "沙箱 HIS", his_schema.SCHEMA, faults.HIS)
    day.open_day(his)
    controls = control.Controls(
        fresh=lambda: day.fresh(his),
        cast=lambda: his_desk.cast(his),
        books=lambda: his_desk.books(his),
        acts=his_desk.ACTS,
        tick=lambda: day.tick(his),
        deliver=lambda: push.send_due(his, everything=True),
        waiting=lambda: push.waiting(his),
    )
    pages = console.blueprint(his, controls, "his.html", lambda: hospital_facts(his))
    app = application(his, his_wire.blueprint(his), control.blueprint(his, controls), pages)
    control_events(app, his)
    return app, Beat(his, lambda: send_and_open(his), controls.tick), his


def send_and_open(his: Partner) -> None:
    push.send_due(his)
    day.follow_the_calendar(his)


def control_events(app: Flask, his: Partner) -> None:
    @app.get("/control/events")
    def feed() -> dict[str, Any]:
        return events.after(his, his_wire.whole("after", 0), his_wire.whole("limit", events.MOST))


def hospital_facts(his: Partner) -> dict[str, Any]:
    """What the HIS console shows: people, today's visits with ticket, bills and medicine, the slots, the books."""
    rows = his.store.rows(
        "select a.*, p.name, t.number, t.state as ticket_state, d.state as medicine from appointment a join patient p on p.id = a.patient "
        "left join ticket t on t.appointment = a.id and t.state <> 'void' "
        "left join dispensing d on d.appointment = a.id order by a.id desc limit 60"
    )
    visits_now = [
        {**row, "doctor_name": directory.doctor(row["doctor"])["name"], "bills": billing.of_appointment(his, row["id"])} for row in rows
    ]
    slots = [slot for department in directory.departments() for slot in visits.slots(his, department=department["id"], day=clock.today())]
    doctors = {row["id"]: row["name"] for row in directory.doctors()}
    return {"visits": visits_now, "slots": slots, "doctors": doctors, "people": people.patients(), "books": his_desk.books(his)}


def wechat_server(place: config.Config) -> tuple[Flask, Beat, Partner]:
    wechat = partner(place, "wechat", "沙箱微信", wechat_schema.SCHEMA, faults.WECHAT)
    controls = control.Controls(
        fresh=wechat.store.empty,
        cast=lambda: wechat_desk.cast(),
        books=lambda: wechat_desk.books(wechat),
        acts=wechat_desk.ACTS,
        tick=lambda: refunds.finish_due(wechat),
        deliver=lambda: notices.send_due(wechat, everything=True),
        waiting=lambda: notices.waiting(wechat),
    )
    pages = console.blueprint(wechat, controls, "wechat.html", lambda: {"books": wechat_desk.books(wechat), "people": people.phones()})
    app = application(wechat, wechat_wire.blueprint(wechat), control.blueprint(wechat, controls), demo.blueprint(wechat), pages)

    @app.post("/control/pay")
    def pay() -> dict[str, Any]:
        words = control.asked()
        return wechat_desk.pay(wechat, prepay_id=words.get("prepay_id", ""), out_trade_no=words.get("out_trade_no", ""))

    return app, Beat(wechat, lambda: finish_and_send(wechat)), wechat


def finish_and_send(wechat: Partner) -> None:
    refunds.finish_due(wechat)
    notices.send_due(wechat)


def listen(app: Flask, port: int) -> tuple[Any, threading.Thread]:
    server = create_server(app, host=config.LOOPBACK, port=port, threads=8, ident="sandbox", clear_untrusted_proxy_headers=True)
    return server, threading.Thread(target=server.run, name=f"port-{port}", daemon=True)


def main() -> int:
    place = config.from_environment()
    over = threading.Event()
    for name in (signal.SIGTERM, signal.SIGINT):
        signal.signal(name, lambda *_: over.set())
    parts = [(hospital(place), place.his_port), (wechat_server(place), place.wechat_port)]
    running = [(*listen(app, port), beat, of) for (app, beat, of), port in parts]
    for _, thread, beat, _ in running:
        thread.start()
        beat.start()
    over.wait()
    stop(running)
    return 0


def stop(running: list[tuple[Any, threading.Thread, Beat, Partner]]) -> None:
    """No new calls, the ones under way finish, no new sends, the books closed."""
    for server, _, _, _ in running:
        server.close()
        server.task_dispatcher.shutdown(cancel_pending=True, timeout=2)
    for _, _, beat, of in running:
        beat.end()
        of.store.connection.execute("pragma wal_checkpoint(truncate)")


if __name__ == "__main__":
    sys.exit(main())
