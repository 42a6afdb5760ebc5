# SPDX-License-Identifier: Apache-2.0
# ruff: noqa: B905, C901, E401, E501, E702, E741, F401, F841, FURB167, FURB171, I001, N806, PERF401, PGH004, PLR0911, PLR0912, PLR0915, PLR1716, PLR5501, RET504, RUF100, SIM102, SIM115, T201
# The runner the recordings were made with; unchanged below this line.
# fmt: off
"""Black-box REST conformance: record real Java Connect answers, check any other worker against them.

  rest_golden.py record --url U --bootstrap B --file golden.json   (needs rest_scenarios.py beside it)
  rest_golden.py check  --url U --bootstrap B --file golden.json   (needs only the golden file)

The worker must share the file system with this script (file source/sink paths under --workdir).
"""
import argparse, fnmatch, json, os, re, shutil, sys, tempfile, time, uuid
import requests

PREFIX_TOKEN = "{P}"
DIR_TOKEN = "{DIR}"
BOOT_TOKEN = "{BOOTSTRAP}"
JAVA_PKG = ("java.", "javax.", "com.fasterxml", "org.glassfish", "jakarta.", "org.eclipse", "com.sun")
JACKSONISH = re.compile(r"line: \d+, column|through reference chain|Cannot deserialize|Unrecognized token|Unexpected end-of-input|Unexpected character", re.I)
VOLATILE = {"worker_id": "<WORKER>", "commit": "<COMMIT>", "trace": "<TRACE>", "last_modified": "<TS>"}


def subst(o, env):
    if isinstance(o, str):
        for k, v in env.items():
            o = o.replace(k, v)
        return o
    if isinstance(o, list):
        return [subst(x, env) for x in o]
    if isinstance(o, dict):
        return {subst(k, env): subst(v, env) for k, v in o.items()}
    return o


class Norm:
    def __init__(self, env, cluster_id, own_url):
        self.rev = sorted(((v, k) for k, v in env.items()), key=lambda t: -len(t[0]))
        self.cluster = cluster_id
        self.hostport = own_url.split("://", 1)[1].rstrip("/")

    def s(self, v):
        for real, tok in self.rev:
            v = v.replace(real, tok)
        if self.cluster and v == self.cluster:
            return "<CLUSTER_ID>"
        v = v.replace(self.hostport, "<HOSTPORT>")
        return v

    def n(self, o, key=None):
        if key in VOLATILE and o is not None:
            # a recorded null stays null; any non-null volatile value becomes its placeholder
            if key == "trace" and o == "":
                return ""
            return VOLATILE[key]
        if key == "version" and isinstance(o, str):
            return "<VERSION>"
        if isinstance(o, str):
            return self.s(o)
        if isinstance(o, list):
            return [self.n(x) for x in o]
        if isinstance(o, dict):
            return {self.s(k): self.n(v, k) for k, v in o.items()}
        return o


def tokens(msg):
    """Salient tokens of an error message: names, config keys, numbers, state words."""
    if not isinstance(msg, str) or JACKSONISH.search(msg):
        return []
    if "contains no connector type" in msg:
        return ["connector"]
    msg = msg.split(", available connectors are")[0]
    msg = re.sub(r"(Invalid regex:)[^\n]*(\n[^\n]*\n\s*\^)?", r"\1", msg)
    msg = msg.split("\nYou can also find")[0]
    out = []
    out += re.findall(r"\{P\}[\w\-.]*\w", msg)
    for t in re.findall(r"(?<![\w{}])[A-Za-z_]\w*(?:[.\-$]\w+)+", msg):
        if "." in t and not t.startswith(JAVA_PKG):
            out.append(t)
    out += re.findall(r"(?<![\w.\-])-?\d+(?![\w.\-])", msg)
    out += [t for t in re.findall(r"\b[A-Z]{4,}\b", msg) if t not in ("HTTP", "JSON", "POST", "PATCH", "NULL", "NONE", "LONG", "SHORT", "ASCII")]
    seen, res = set(), []
    for t in out:
        if t.lower() not in seen:
            seen.add(t.lower()); res.append(t)
    return res


def tok_diff(exp_msg, act_msg):
    if act_msg is None:
        act_msg = ""
    low = str(act_msg).lower()
    # a Java exception's class name in a message is wording, not a fact
    return [t for t in tokens(exp_msg) if t.lower() not in low and not re.match(r"(org|java|com)\.[\w.]*(Exception|Error)$", t)]


def mask(o, globs, path=""):
    """Replace values whose /-joined path matches one of globs by <ANY>."""
    if any(fnmatch.fnmatchcase(path, g) for g in globs):
        return "<ANY>"
    if isinstance(o, dict):
        return {k: mask(v, globs, f"{path}/{k}") for k, v in o.items()}
    if isinstance(o, list):
        return [mask(v, globs, f"{path}/{i}") for i, v in enumerate(o)]
    return o


def canon(o):
    return json.dumps(o, sort_keys=True)


def diff(e, a, mode, path="", out=None):
    """mode: exact | unordered | superset (actual may hold more keys / items; lists unordered)."""
    out = [] if out is None else out
    if e == "<ANY>":
        return out
    if isinstance(e, dict) and isinstance(a, dict):
        if set(e) == {"error_code", "message"} and "error_code" in a:
            if e["error_code"] != a.get("error_code"):
                out.append(f"{path}/error_code: expected {e['error_code']} got {a.get('error_code')}")
            if "message" not in a:
                out.append(f"{path}/message missing")
            else:
                miss = tok_diff(e["message"], a["message"])
                if miss:
                    out.append(f"{path}/message: tokens {miss} not in {str(a['message'])[:200]!r} (Java: {str(e['message'])[:200]!r})")
            extra = set(a) - set(e)
            if extra:
                out.append(f"{path}: extra keys {sorted(extra)}")
            return out
        for k in e:
            if k not in a:
                out.append(f"{path}/{k}: missing (expected {canon(e[k])[:160]})")
            else:
                diff(e[k], a[k], mode, f"{path}/{k}", out)
        if mode != "superset":
            for k in a:
                if k not in e:
                    out.append(f"{path}/{k}: unexpected {canon(a[k])[:160]}")
        return out
    if isinstance(e, list) and isinstance(a, list):
        if mode == "exact":
            if len(e) != len(a):
                out.append(f"{path}: expected {len(e)} items got {len(a)}: {canon(a)[:200]} (Java {canon(e)[:200]})")
            for i, (x, y) in enumerate(zip(e, a)):
                diff(x, y, mode, f"{path}/{i}", out)
        else:
            rest = list(a)
            for x in e:
                hit = next((i for i, y in enumerate(rest) if not diff(x, y, mode)), None)
                if hit is None:
                    out.append(f"{path}: item {canon(x)[:200]} not found")
                else:
                    rest.pop(hit)
            if mode == "unordered" and rest:
                out.append(f"{path}: unexpected items {canon(rest)[:200]}")
        return out
    if type(e) is not type(a) or e != a:
        out.append(f"{path}: expected {canon(e)[:200]} got {canon(a)[:200]}")
    return out


def shape_validate(b):
    """ConfigInfos -> comparable: configs keyed by name, documentation only non-empty."""
    if not isinstance(b, dict) or "configs" not in b:
        return b
    r = {"name": b.get("name"), "error_count": b.get("error_count"), "groups": b.get("groups"), "configs": {}}
    extra = set(b) - {"name", "error_count", "groups", "configs"}
    if extra:
        r["<extra>"] = sorted(extra)
    for c in b["configs"]:
        d, v = c.get("definition"), c.get("value") or {}
        if isinstance(d, dict):
            d = dict(d)
            d["documentation"] = "<DOC>" if d.get("documentation") else d.get("documentation")
        nm = (v.get("name") if v else None) or (d or {}).get("name")
        r["configs"][nm] = {"definition": d, "value": v}
    return r


def diff_validate(e, a, out):
    if not isinstance(a, dict) or not isinstance(a.get("configs"), dict):
        out.append("body is not a ConfigInfos object")
        return out
    for k in ("name", "error_count", "groups"):
        if e.get(k) != a.get(k):
            out.append(f"/{k}: expected {canon(e.get(k))[:200]} got {canon(a.get(k))[:200]}")
    if a.get("<extra>"):
        out.append(f"extra top keys {a['<extra>']}")
    for n, ce in e["configs"].items():
        ca = a["configs"].get(n)
        if ca is None:
            out.append(f"/configs[{n}] missing"); continue
        if (ce["definition"] is None) != (ca["definition"] is None):
            out.append(f"/configs[{n}]/definition: null mismatch")
        elif ce["definition"] is not None:
            diff(ce["definition"], ca["definition"], "exact", f"/configs[{n}]/definition", out)
        ve, va = dict(ce["value"]), dict(ca["value"] or {})
        ee, ea = ve.pop("errors", []), va.pop("errors", [])
        re_, ra = ve.pop("recommended_values", []), va.pop("recommended_values", [])
        diff(ve, va, "exact", f"/configs[{n}]/value", out)
        if len(ee) != len(ea or []):
            out.append(f"/configs[{n}]/errors: expected {ee} got {ea}")
        else:
            for x, y in zip(ee, ea):
                miss = tok_diff(x, y)
                if miss:
                    out.append(f"/configs[{n}]/errors: tokens {miss} not in {y!r} (Java {x!r})")
        miss = [x for x in re_ if x not in (ra or [])]
        if miss:
            out.append(f"/configs[{n}]/recommended_values: missing {miss[:6]}")
    for n in a["configs"]:
        if n not in e["configs"]:
            out.append(f"/configs[{n}] unexpected")
    return out


def subset(e, a):
    if isinstance(e, dict):
        return isinstance(a, dict) and all(k in a and subset(v, a[k]) for k, v in e.items())
    if isinstance(e, list):
        return isinstance(a, list) and len(e) == len(a) and all(subset(x, y) for x, y in zip(e, a))
    if e == "<NOTNULL>":
        return a is not None
    if e == "<NOTEMPTY>":
        return bool(a)
    return e == a


class Runner:
    def __init__(self, url, bootstrap, workdir, verbose=False):
        self.url = url.rstrip("/")
        self.bootstrap = bootstrap
        self.run = "rg" + uuid.uuid4().hex[:6]
        self.dir = os.path.join(workdir or os.path.join(os.path.dirname(os.path.abspath(__file__)), "work"), "restgold-" + self.run)
        os.makedirs(self.dir, exist_ok=True)
        os.chmod(self.dir, 0o777)
        self.verbose = verbose
        self.lenient = 0
        self.s = requests.Session()
        end = time.time() + 90          # Java's listener answers 404 or 503 until start-up is complete
        while time.time() < end:
            try:
                if self.s.get(self.url + "/connectors", timeout=10).status_code == 200:
                    break
            except requests.RequestException:
                pass
            time.sleep(0.5)
        self.cluster = None
        try:
            from confluent_kafka.admin import AdminClient
            self.cluster = AdminClient({"bootstrap.servers": bootstrap}).list_topics(timeout=20).cluster_id
        except Exception as ex:  # noqa
            print("note: cluster id unknown:", ex)

    # -- HTTP
    def http(self, method, path, headers=None, data=None, timeout=100):
        req = requests.Request(method, "http://x/", headers=headers or {}, data=data).prepare()
        req.url = self.url + path          # keep the path bytes exactly as given
        t = time.time()
        while True:
            try:
                return self.s.send(req, timeout=timeout, allow_redirects=False)
            except requests.ConnectionError:
                if time.time() - t > 20:
                    raise
                time.sleep(0.5)

    def step_http(self, st, env):
        st = {k: (subst(v, env) if k in ("path", "headers", "json", "raw") else v) for k, v in st.items()}
        headers = dict(st.get("headers") or {})
        data = None
        if "json" in st:
            data = json.dumps(st["json"]).encode()
            headers.setdefault("Content-Type", "application/json")
        elif "raw" in st:
            data = st["raw"].encode()
        elif st.get("pad"):                # big body: a valid config with one huge value
            data = json.dumps({**subst(st["pad"]["base"], env), "junk": "x" * st["pad"]["size"]}).encode()
            headers.setdefault("Content-Type", "application/json")
        return self.http(st["method"], st["path"], headers, data)

    def capture(self, r, norm, st):
        out = {"status": r.status_code}
        ct = (r.headers.get("Content-Type") or "").split(";")[0].strip().lower() or None
        out["content_type"] = ct
        if r.headers.get("Location"):
            loc = r.headers["Location"]
            loc = re.sub(r"^https?://[^/]+", "", loc)
            out["location"] = norm.s(loc)
        if r.headers.get("Allow"):
            out["allow"] = sorted(x.strip() for x in r.headers["Allow"].split(","))
        txt = r.text
        if not txt:
            out["body"] = None
            out["empty"] = True
        else:
            try:
                out["body"] = norm.n(json.loads(txt))
            except ValueError:
                out["text"] = norm.s(txt)[:400]
        if st.get("cmp") == "validate" and "body" in out:
            out["body"] = shape_validate(out["body"])
        if st.get("own") and isinstance(out.get("body"), list):      # only our own connectors in a list
            out["body"] = sorted(x for x in out["body"] if isinstance(x, str) and x.startswith(PREFIX_TOKEN))
        elif st.get("own") and isinstance(out.get("body"), dict):
            out["body"] = {k: v for k, v in out["body"].items() if k.startswith(PREFIX_TOKEN)}
        if st.get("keep") and isinstance(out.get("body"), list):     # keep only items with field in values
            f, vals = st["keep"]["field"], st["keep"]["values"]
            out["body"] = [x for x in out["body"] if isinstance(x, dict) and x.get(f) in vals]
        if st.get("ignore") and "body" in out:
            out["body"] = mask(out["body"], st["ignore"])
        return out

    def compare(self, exp, act, st):
        d = []
        b = act.get("body")
        # Java's 500s here are accidents (null pointers, Jackson): a clean 4xx with the usual error body is as good
        if exp["status"] == 500 and act["status"] in (400, 404, 415, 422):
            if isinstance(b, dict) and b.get("error_code") == act["status"] and "message" in b:
                self.lenient += 1
                return d
        # Jetty's own HTML pages for odd URIs: informative only
        if exp["status"] == 400 and exp.get("content_type") in ("text/html", None) and ("text" in exp or exp.get("empty")) and st.get("odd_uri", True):
            if act["status"] != exp["status"]:
                self.lenient += 1
            return d
        if act["status"] in st.get("accept_status", []):
            self.lenient += 1
            return d
        if exp["status"] != act["status"]:
            d.append(f"status: expected {exp['status']} got {act['status']} body={canon(act.get('body', act.get('text')))[:300]}")
        if exp.get("content_type") != act.get("content_type"):
            # Java sends some error bodies with no content type at all; JSON is accepted there
            if not (exp.get("content_type") is None and act.get("content_type") in ("application/json",)):
                d.append(f"content-type: expected {exp.get('content_type')} got {act.get('content_type')}")
        if exp.get("location") != act.get("location"):
            d.append(f"Location: expected {exp.get('location')} got {act.get('location')}")
        if exp.get("allow") and set(exp["allow"]) - set(act.get("allow") or []) - {"HEAD", "OPTIONS"}:
            d.append(f"Allow: expected {exp['allow']} got {act.get('allow')}")
        cmp = st.get("cmp", "exact")
        if cmp == "status":
            return d
        if exp.get("empty"):
            if not act.get("empty"):
                d.append(f"body: expected empty got {canon(act.get('body', act.get('text')))[:200]}")
        elif "text" in exp:
            if cmp == "text" and exp["text"] != act.get("text"):
                d.append(f"text: expected {exp['text'][:160]!r} got {str(act.get('text', act.get('body')))[:160]!r}")
        else:
            if "body" not in act or act.get("empty"):
                d.append(f"body: expected JSON, got {str(act.get('text', 'nothing'))[:200]!r}")
            elif cmp == "validate" and isinstance(exp["body"], dict) and "configs" in exp["body"]:
                diff_validate(exp["body"], act["body"], d)
            elif cmp == "contains":       # list must contain these items
                for it in st["items"]:
                    if it not in (act["body"] or []):
                        d.append(f"body: {it!r} not in list")
            elif cmp == "types":
                te, ta = type(exp["body"]).__name__, type(act["body"]).__name__
                if te != ta:
                    d.append(f"body type: expected {te} got {ta}")
            else:
                diff(exp["body"], act["body"], cmp if cmp in ("exact", "unordered", "superset") else "exact", "", d)
        return d

    # -- non-HTTP steps
    def wait(self, w, env):
        w = subst(w, env)
        end = time.time() + w.get("timeout", 60)
        last = None
        while time.time() < end:
            try:
                r = self.http(w.get("method", "GET"), w["path"])
                try:
                    body = r.json()
                except ValueError:
                    body = None
                last = (r.status_code, r.text[:400])
                if r.status_code == w.get("status", 200) and ("match" not in w or subset(w["match"], body)):
                    if "hold" in w:
                        time.sleep(w["hold"])
                    return None
            except requests.RequestException as ex:
                last = repr(ex)
            time.sleep(0.25)
        return f"wait {w['path']} for {canon(w.get('match'))[:200]} timed out; last {last}"

    def produce(self, p, env):
        p = subst(p, env)
        from confluent_kafka import Producer
        pr = Producer({"bootstrap.servers": self.bootstrap})
        for v in p["values"]:
            pr.produce(p["topic"], value=None if v is None else v.encode())
        pr.flush(20)

    def consume(self, c, env):
        c = subst(c, env)
        from confluent_kafka import Consumer, TopicPartition, OFFSET_BEGINNING
        co = Consumer({"bootstrap.servers": self.bootstrap, "group.id": "rg-" + uuid.uuid4().hex, "enable.auto.commit": False})
        co.assign([TopicPartition(c["topic"], 0, OFFSET_BEGINNING)])
        got, end = [], time.time() + c.get("timeout", 30)
        while time.time() < end and len(got) < c["count"]:
            m = co.poll(0.5)
            if m and not m.error():
                got.append(m.value().decode() if m.value() is not None else None)
        if len(got) >= c["count"]:
            m = co.poll(0.3)
            if m and not m.error():
                got.append(m.value().decode() if m.value() is not None else None)
        co.close()
        return got

    def special(self, st, env):
        """returns (value-to-record or None, error or None)"""
        if "wait" in st:
            return None, self.wait(st["wait"], env)
        if "file" in st:
            f = subst(st["file"], env)
            with open(f["path"], f.get("mode", "w")) as h:
                h.write(f["content"])
            return None, None
        if "readfile" in st:
            f = subst(st["readfile"], env)
            end = time.time() + f.get("timeout", 30)
            txt = ""
            while time.time() < end:
                try:
                    txt = open(f["path"]).read()
                except OSError:
                    txt = ""
                if txt.count("\n") >= f["lines"]:
                    break
                time.sleep(0.25)
            return txt.splitlines(), None
        if "produce" in st:
            self.produce(st["produce"], env)
            return None, None
        if "consume" in st:
            return self.consume(st["consume"], env), None
        if "sleep" in st:
            time.sleep(st["sleep"])
            return None, None
        raise ValueError(st)

    def scenario(self, sc, idx, record=False):
        p = f"{self.run}x{idx}"
        d = os.path.join(self.dir, str(idx))
        os.makedirs(d, exist_ok=True)
        os.chmod(d, 0o777)
        env = {PREFIX_TOKEN: p, DIR_TOKEN: d, BOOT_TOKEN: self.bootstrap}
        norm = Norm(env, self.cluster, self.url)
        res = []
        aborted = None
        for i, st in enumerate(sc["steps"]):
            label = st.get("id") or f"{st.get('method', next(iter(st)))} {st.get('path', '')}"
            if "method" not in st:
                val, err = self.special(st, env)
                isint = "wait" in st or "consume" in st or "readfile" in st
                if record:
                    if err:
                        print(f"  !! {sc['name']}[{i}] {err}")
                    if val is not None:
                        st["expect"] = {"value": norm.n(val)}
                else:
                    diffs = [err] if err else []
                    if "expect" in st and "value" in st["expect"]:
                        if st["expect"]["value"] != norm.n(val):
                            diffs.append(f"{label}: expected {canon(st['expect']['value'])[:300]} got {canon(norm.n(val))[:300]}")
                    if isint or diffs:
                        res.append((i, "wait/data " + label, diffs, None))
                continue
            exp = st.get("expect")
            end = time.time() + st.get("retry_s", 40)
            while True:
                r = self.step_http(st, env)
                # "rebalance in progress" is legal at any time: retry unless it is the truth here
                if r.status_code in (409, 500) and time.time() < end:
                    if "rebalanc" in r.text.lower() and (record or exp["status"] != r.status_code):
                        time.sleep(0.5); continue
                    if not record and r.status_code == 409 and exp["status"] != 409:
                        time.sleep(0.5); continue
                if r.status_code == 404 and st.get("retry404") and time.time() < end:
                    time.sleep(0.3); continue
                break
            act = self.capture(r, norm, st)
            if record:
                st["expect"] = act
                if self.verbose:
                    print(f"  {label}: {act['status']} {act.get('content_type')} {canon(act.get('body', act.get('text')))[:220]}")
            else:
                diffs = self.compare(exp, act, st)
                # exact wording, counted separately
                wording = None
                if isinstance(exp.get("body"), dict) and set(exp["body"]) == {"error_code", "message"} and isinstance(act.get("body"), dict):
                    wording = exp["body"]["message"] == act["body"].get("message")
                res.append((i, label, diffs, wording))
        self.cleanup(p)
        return res

    def cleanup(self, p):
        try:
            names = self.http("GET", "/connectors").json()
        except Exception:  # noqa
            return
        from urllib.parse import quote
        for n in names:
            if isinstance(n, str) and p in n:
                for _ in range(30):
                    r = self.http("DELETE", "/connectors/" + quote(n, safe=""))
                    if r.status_code != 409:
                        break
                    time.sleep(0.5)

    def finish(self):
        shutil.rmtree(self.dir, ignore_errors=True)


def main():
    ap = argparse.ArgumentParser()
    ap.add_argument("cmd", choices=["record", "check", "split", "list"])
    ap.add_argument("--url")
    ap.add_argument("--bootstrap", default="127.0.0.1:19092")
    ap.add_argument("--file", required=True)
    ap.add_argument("--workdir", default=None)
    ap.add_argument("--only", default=None, help="glob of scenario names")
    ap.add_argument("--have", default="", help="comma list of worker features the target was started with (see 'needs')")
    ap.add_argument("--report", default=None, help="write a JSON report here")
    ap.add_argument("-v", action="store_true")
    a = ap.parse_args()
    have = set(filter(None, a.have.split(",")))
    if a.cmd == "list":
        g = json.load(open(a.file))
        for s in g["scenarios"]:
            print(s["name"], sum("method" in st for st in s["steps"]), s.get("needs", ""))
        return 0
    if a.cmd == "split":
        import random
        g = json.load(open(a.file))
        sc = list(g["scenarios"])
        rnd = random.Random(20410)
        ids = list(range(len(sc)))
        rnd.shuffle(ids)
        cut = round(len(ids) * 0.6)
        base = os.path.dirname(os.path.abspath(a.file))
        for nm, part in (("rest_open.json", sorted(ids[:cut])), ("rest_heldout.json", sorted(ids[cut:]))):
            out = {**g, "scenarios": [sc[i] for i in part]}
            json.dump(out, open(os.path.join(base, nm), "w"), indent=1, ensure_ascii=False)
            print(nm, len(part), "scenarios", sum("method" in st for i in part for st in sc[i]["steps"]), "interactions")
        return 0
    R = Runner(a.url, a.bootstrap, a.workdir, a.v)
    if a.cmd == "record":
        import rest_scenarios
        scs = [s for s in rest_scenarios.SCENARIOS if not a.only or fnmatch.fnmatchcase(s["name"], a.only)]
        scs = [s for s in scs if set(s.get("needs", [])) <= have and (have <= set(s.get("needs", [])) )]
        root = R.http("GET", "/").json()
        for k, s in enumerate(scs):
            t = time.time()
            if a.v:
                print("==", s["name"])
            R.scenario(s, k, record=True)
            if not a.v:
                print(f"{s['name']}: {len(s['steps'])} steps {time.time()-t:.1f}s")
        g = {"format": 1, "recorded_from": {"kafka_connect": root["version"], "commit": root["commit"]}, "scenarios": scs}
        if os.path.exists(a.file) and (a.only or have):
            old = json.load(open(a.file))
            names = {s["name"] for s in scs}
            order = {s["name"]: i for i, s in enumerate(rest_scenarios.SCENARIOS)}
            allsc = [s for s in old["scenarios"] if s["name"] not in names and s["name"] in order] + scs
            g["scenarios"] = sorted(allsc, key=lambda s: order[s["name"]])
        json.dump(g, open(a.file, "w"), indent=1, ensure_ascii=False)
        print("recorded", len(g["scenarios"]), "scenarios,", sum("method" in st for s in g["scenarios"] for st in s["steps"]), "interactions")
        R.finish()
        return 0
    g = json.load(open(a.file))
    ok = bad = words = wtot = skipped = 0
    rep = []
    for k, s in enumerate(g["scenarios"]):
        if a.only and not fnmatch.fnmatchcase(s["name"], a.only):
            continue
        if set(s.get("needs", [])) != have:
            skipped += 1
            continue
        try:
            res = R.scenario(s, k)
        except Exception as ex:  # noqa
            res = [(-1, "scenario aborted", [repr(ex)[:300]], None)]
            R.cleanup(f"{R.run}x{k}")
        fails = [x for x in res if x[2]]
        ok += len(res) - len(fails)
        bad += len(fails)
        for x in res:
            if x[3] is not None:
                wtot += 1
                words += bool(x[3])
        print(f"{'ok  ' if not fails else 'FAIL'} {s['name']} ({len(res)-len(fails)}/{len(res)})", flush=True)
        for i, lab, ds, _ in fails:
            for dd in ds[:12]:
                print(f"      [{i}] {lab}: {dd}")
        rep.append({"scenario": s["name"], "steps": [{"step": i, "label": l, "diffs": ds} for i, l, ds, _ in res]})
    print(f"passed {ok} failed {bad} (skipped scenarios {skipped}; {R.lenient} passed with an accepted other status); error messages worded exactly as Java: {words}/{wtot}")
    if a.report:
        json.dump({"passed": ok, "failed": bad, "scenarios": rep}, open(a.report, "w"), indent=1)
    R.finish()
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())
