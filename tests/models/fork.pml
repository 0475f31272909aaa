/* A server signs two trees that part after a common beginning, and shows one to one reader and the other to
   the other. Witnesses cosign only what grew out of what they cosigned before. With a quorum of NEEDED among
   three, of whom LIARS cosign anything, the two readers never both get theirs witnessed.

   mistakes beside those below: LIARS=1 NEEDED=1 */
#ifndef NEEDED
#define NEEDED 2
#endif
#ifndef LIARS
#define LIARS 0
#endif
#define WITNESSES 3

/* 0: the common beginning; 1 and 2: the two trees. */
byte seen[WITNESSES];          /* what each has on disk */
byte cosigned[3];              /* how many cosignatures each tree has */
bool signed_it[9];             /* witness * 3 + tree */

proctype Witness(byte me) {
    byte tree;
    byte memory = 0;
    do
    :: true ->
        /* The server asks about either tree, as often as it likes. */
        if
        :: tree = 1
        :: tree = 2
        fi;
#ifdef MISTAKE_ASK_THEN_KEEP
        /* Comparing and keeping are two steps, and the answer goes out between them; a crash forgets. */
        if
        :: memory == 0 || memory == tree ->
            atomic { if :: !signed_it[me * 3 + tree] -> signed_it[me * 3 + tree] = true; cosigned[tree]++
                        :: else -> skip fi };
            if
            :: memory = tree
            :: memory = 0
            fi
        :: else -> skip
        fi
#else
        atomic {
            if
            :: me < LIARS || seen[me] == 0 || seen[me] == tree ->
                seen[me] = tree;
                if
                :: !signed_it[me * 3 + tree] -> signed_it[me * 3 + tree] = true; cosigned[tree]++
                :: else -> skip
                fi
            :: else -> skip
            fi
        }
#endif
    :: break
    od
}

active proctype Readers() {
    do
    :: assert(!(cosigned[1] >= NEEDED && cosigned[2] >= NEEDED))
    :: timeout -> break
    od
}

init {
    atomic {
        run Witness(0);
        run Witness(1);
        run Witness(2)
    }
}
