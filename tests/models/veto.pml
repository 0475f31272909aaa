/* G5: a veto races an executor's claim. If the veto has the lower index, nothing happens; whoever made it
   is told RECORDED only by a witnessed proof, and then either it stopped the order or the claim was
   earlier. The server delays and orders as it likes. */
#define NOTHING 255

byte size = 0;
byte veto_at = NOTHING;
byte claim_at = NOTHING;
bool acted = false;
bool recorded = false;       /* what the voter's tool says */
bool ended = false;

proctype Voter() {
#ifdef MISTAKE_RECORDED_EARLY
    recorded = true;         /* on handing in, not on a proof */
#endif
    atomic { veto_at = size; size++ };
    recorded = true
}

proctype Executor() {
    bool vetoed = false;
    byte caught_up;

    /* Catches up, and decides a first time. */
    atomic {
        caught_up = size;
        vetoed = veto_at != NOTHING && veto_at < caught_up
    }
    if
    :: vetoed -> goto end
    :: else -> skip
    fi;
    atomic { claim_at = size; size++ };
#ifndef MISTAKE_DECIDED_BEFORE_ALONE
    /* Decides again at the claim: every entry of lower index binds it. */
#ifdef MISTAKE_OLD_SIZE
    vetoed = veto_at != NOTHING && veto_at < caught_up;
#else
    vetoed = veto_at != NOTHING && veto_at < claim_at;
#endif
#endif
    if
    :: vetoed -> skip
    :: else -> acted = true
    fi;
    assert(!(acted && veto_at != NOTHING && veto_at < claim_at));
end:
    ended = true
}

/* Who was told RECORDED before the claim had its index relies on it. */
proctype Judge() {
    if
    :: atomic { recorded && claim_at == NOTHING -> skip };
       ended;
       assert(!acted)
    :: ended -> skip
    fi
}

init {
    atomic {
        run Voter();
        run Executor();
        run Judge()
    }
}
