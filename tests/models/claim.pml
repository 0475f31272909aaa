/* G3: two executors claim one order; a hostile server orders their claims, shows each as much of the log
   as it likes, and may restore an executor from an older snapshot. At most one ever acts, and once.

   A claim is logged, then the log is followed to a witnessed checkpoint that contains it; the claim of
   lowest index wins, and one that was not used stays spent. */
#define EXECUTORS 2
#define LONGEST 4

byte log_of[LONGEST];     /* whose claim: 1 or 2; entries only ever follow each other */
byte size = 0;
byte acts = 0;

proctype Executor(byte me) {
    byte mine;            /* index of the claim made in this life, plus 1 */
    byte shown;           /* how much of the log the server shows */
    byte i;
    bool earlier;

claiming:
    mine = 0;
    atomic {
        if
        :: size < LONGEST -> log_of[size] = me; size++; mine = size
        :: size == LONGEST -> goto done
        fi
    }
following:
    /* A crash, and the state of before the claim put back: it claims again. */
    if
    :: goto claiming
    :: skip
    fi;
#ifdef MISTAKE_UNWITNESSED
    /* A checkpoint that no quorum saw may be of another tree: the others' claims are left out. */
    if
    :: earlier = false; goto deciding
    :: skip
    fi;
#endif
    atomic {
        shown = mine;     /* at least the claim itself; more is shown or not */
        earlier = false;
        i = 0;
        do
        :: i < shown - 1 ->
#ifdef MISTAKE_OWN_CLAIM
            /* An older claim of one's own is taken for this one. */
            if
            :: log_of[i] != me -> earlier = true
            :: else -> skip
            fi;
#else
            earlier = true;
#endif
            i++
        :: else -> break
        od
    }
deciding:
    if
#ifdef MISTAKE_NO_CLAIM_WINS
    :: true -> acts++
#else
    :: !earlier -> acts++
#endif
    :: earlier -> skip
    fi;
    assert(acts <= 1);
    /* Restored from the snapshot of before, once more. */
    if
    :: goto claiming
    :: skip
    fi;
done:
    skip
}

init {
    atomic {
        run Executor(1);
        run Executor(2)
    }
}
