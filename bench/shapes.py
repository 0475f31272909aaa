"""Random nested policies for the benchmarks, the same from the same seed: as quorum sets and as policy texts."""
import base64
import random


def nested(seed, parties, widest, overlap=0.0):
    """A quorum set over `parties` parties, split at random into sets of sets. No party stands in two of
    them, but with `overlap` now and then a set gets a party of another."""
    chance = random.Random(seed)
    everybody = [f"p{i}" for i in range(parties)]
    chance.shuffle(everybody)

    def made(names, depth):
        if len(names) <= widest or depth == 0:
            return {"threshold": chance.randint(1, len(names)), "validators": names}
        cuts = sorted(chance.sample(range(1, len(names)), chance.randint(1, min(5, len(names) // 2 - 1))))
        validators, inner = [], []
        for begin, end in zip([0] + cuts, cuts + [len(names)]):
            part = names[begin:end]
            if len(part) == 1:
                validators += part
                continue
            if chance.random() < overlap:
                part = list(dict.fromkeys(part + [chance.choice(everybody)]))
            inner.append(made(part, depth - 1))
        members = len(validators) + len(inner)
        return {"threshold": chance.randint(max(1, members // 2), members), "validators": validators,
                "innerQuorumSets": inner}

    return made(everybody, 8)


PRIME = 2**255 - 19
CURVE = -121665 * pow(121666, PRIME - 2, PRIME) % PRIME


def ed25519_keys(count):
    """Public keys: the multiples 1·B, 2·B, … of the base point (RFC 8032, section 5.1)."""
    y = 4 * pow(5, PRIME - 2, PRIME) % PRIME
    square = (y * y - 1) * pow(CURVE * y * y + 1, PRIME - 2, PRIME) % PRIME
    x = pow(square, (PRIME + 3) // 8, PRIME)
    if (x * x - square) % PRIME:
        x = x * pow(2, (PRIME - 1) // 4, PRIME) % PRIME
    if x % 2:
        x = PRIME - x
    base_x, base_y = x, y
    keys = []
    for _ in range(count):
        point = (y | (x % 2) << 255).to_bytes(32, "little")
        blob = b"\0\0\0\x0bssh-ed25519\0\0\0\x20" + point
        keys.append("ssh-ed25519 " + base64.b64encode(blob).decode())
        product = CURVE * x * base_x * y * base_y
        x, y = ((x * base_y + base_x * y) * pow(1 + product, PRIME - 2, PRIME) % PRIME,
                (y * base_y + x * base_x) * pow(1 - product, PRIME - 2, PRIME) % PRIME)
    return keys


def formula_text(quorum_set):
    """The quorum set in the words of a policy, `shared` where its parts have parties in common."""
    inner = quorum_set.get("innerQuorumSets", [])
    parts = [formula_text(one) for one in inner]
    people = quorum_set["validators"]
    if parts:
        parts += [f"1 of {{ {name} }}" for name in people]
    else:
        parts = people
    parties = [name for one in inner for name in parties_of(one)] + people
    is_shared = inner and quorum_set["threshold"] > 1 and len(parties) > len(set(parties))
    return f"{'shared ' if is_shared else ''}{quorum_set['threshold']} of {{ {', '.join(parts)} }}"


def parties_of(quorum_set):
    found, waiting = set(), [quorum_set]
    while waiting:
        some = waiting.pop()
        found.update(some["validators"])
        waiting += some.get("innerQuorumSets", [])
    return sorted(found, key=lambda name: int(name[1:]))


def policy_text(quorum_set, clauses="", parties=None):
    """A policy of one action with the quorum set as its rule; everybody may propose."""
    parties = parties or parties_of(quorum_set)
    keys = ed25519_keys(len(parties) + 1)
    lines = ["cheget policy v1", "domain: acme/prod", "version: 1", "log: none", ""]
    lines += [f"person {name} {{ {key} }}" for name, key in zip(parties, keys)]
    lines += [f"machine db1 {{ {keys[-1]} }}", f"group everybody = {{ {', '.join(parties)} }}",
              "action drop on prod/{name} {", 'run ["/usr/bin/dropdb", "{name}"]', "propose 1 of everybody",
              f"approve {formula_text(quorum_set)}", clauses, "expire 8h", "execute 1 of { db1 }", "}",
              f"amend {{ approve 2 of {{ {', '.join(parties[:3])} }} }}",
              f"revoke {{ approve 1 of {{ {', '.join(parties[:3])} }} }}", ""]
    return "\n".join(lines)


def fault_tree(seed, events):
    """A fault tree as plants have them, in Open-PSA XML, of about so many basic events: trains of components that
    need support trains (power, cooling, signals), which need others again; systems that fail when k of their
    trains do; and sequences of failed systems, any of which is the top. Whole trees below are shared."""
    chance = random.Random(seed)
    gates, count = [], 0

    def event():
        nonlocal count
        count += 1
        return f'<basic-event name="e{count}"/>'

    def gate(kind, members):
        name = f"g{len(gates)}"
        kind, attribute = kind if isinstance(kind, tuple) else (kind, "")
        gates.append(f'<define-gate name="{name}"><{kind}{attribute}>{"".join(members)}</{kind}></define-gate>')
        return f'<gate name="{name}"/>'

    def components(least, most):
        made = []
        for _ in range(chance.randint(least, most)):
            kind = chance.random()
            if kind < 0.6:
                made.append(event())
            elif kind < 0.85:
                made.append(gate("or", [event() for _ in range(chance.randint(2, 4))]))
            else:
                made.append(gate("and", [gate("or", [event(), event()]), event()]))
        return made

    supports = []  # trains, each with two or three of its kind
    share = 0.35 * events
    while count < share:
        trains = []
        common = [event()]
        for _ in range(chance.choice([2, 2, 3])):
            needs = chance.sample(supports, min(len(supports), chance.randint(0, 2)))
            trains.append(gate("or", components(2, 5) + [chance.choice(one) for one in needs] + common))
        supports.append(trains)
    systems = []
    while count < events:
        trains = []
        for number in range(chance.choice([2, 2, 3, 4])):
            needs = chance.sample(supports, min(len(supports), chance.randint(1, 3)))
            trains.append(gate("or", components(2, 6) + [one[number % len(one)] for one in needs]))
        need = chance.randint(2, len(trains))
        fails = gate("and", trains) if need == len(trains) else gate(("atleast", f' min="{need}"'), trains)
        systems.append(gate("or", [fails] + components(0, 2)))
    sequences = [gate("and", chance.sample(systems, min(len(systems), chance.randint(2, 4))))
                 for _ in range(max(2, len(systems) // 2))]
    top = gate("or", sequences)
    gates[-1] = gates[-1].replace(top.split(chr(34))[1], "top", 1)  # what no sequence uses stays aside
    return ('<?xml version="1.0"?>\n<opsa-mef><define-fault-tree name="t">\n' + "\n".join(gates) +
            "\n</define-fault-tree></opsa-mef>\n")


def quorum_set(seed, organizations):
    """A quorum set as validators have them: organizations of three to five, thresholds of two thirds, now and then
    one that never holds, a validator that two name, or groups of organizations by tier."""
    chance = random.Random(seed)
    names = iter(range(10**6))
    sets = []
    for _ in range(organizations):
        validators = [f"p{next(names)}" for _ in range(chance.choice([1, 3, 3, 3, 4, 5]))]
        if sets and chance.random() < 0.3:
            validators.append(chance.choice(chance.choice(sets)["validators"]))
        threshold = chance.choice([len(validators) // 2 + 1] * 8 + [len(validators), 2**53 - 1])
        sets.append({"threshold": threshold, "validators": validators})
    if chance.random() < 0.5:
        tiers = []
        while sets:
            size = chance.randint(3, 8)
            tier, sets = sets[:size], sets[size:]
            tiers.append({"threshold": max(1, len(tier) * 2 // 3), "validators": [], "innerQuorumSets": tier})
        sets = tiers
    return {"threshold": len(sets) * 2 // 3 + 1, "validators": [], "innerQuorumSets": sets}


def drawn_groups(seed, parties, groups, members, least, most=None):
    """A quorum set over groups that are drawn from the same parties, so that they overlap."""
    chance = random.Random(seed)
    everybody = [f"p{i}" for i in range(parties)]
    inner = [{"threshold": least, "validators": chance.sample(everybody, members)} for _ in range(groups)]
    return {"threshold": most or groups // 2 + 1, "validators": [], "innerQuorumSets": inner}


def respelt(quorum_set):
    """The same, each threshold as `one and enough of the rest, or enough of the rest alone`."""
    members = [{"threshold": 1, "validators": [name]} for name in quorum_set["validators"]]
    members += [respelt(inner) for inner in quorum_set.get("innerQuorumSets", [])]
    need = quorum_set["threshold"]
    if need < 2 or len(members) <= need:
        return {"threshold": need, "validators": [], "innerQuorumSets": members} if len(members) > 1 else members[0]
    first, rest = members[0], members[1:]
    fewer = {"threshold": need - 1, "validators": [], "innerQuorumSets": rest}
    with_first = {"threshold": 2, "validators": [], "innerQuorumSets": [first, fewer]}
    without = {"threshold": need, "validators": [], "innerQuorumSets": rest}
    return {"threshold": 1, "validators": [], "innerQuorumSets": [with_first, without]}


def smt_text(quorum_set):
    """The quorum set as an SMT-LIB term over the names of its parties."""
    parts = list(quorum_set["validators"]) + [smt_text(inner) for inner in quorum_set.get("innerQuorumSets", [])]
    return f"((_ at-least {quorum_set['threshold']}) {' '.join(parts)})"
