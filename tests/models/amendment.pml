/* G7: two amendments of one policy are both satisfied, and both get enacted. Everyone who follows the log
   takes the first enactment, whenever they read and however the server delays; nobody goes back, and no
   two have different policies in force once both have read the same entries. */
#define LONGEST 3
#define READERS 2

byte log_of[LONGEST];        /* which amendment an entry enacts: 1 or 2 */
byte size = 0;
byte force[READERS];         /* 0 for the old policy */
byte read[READERS];

proctype Enactor(byte amendment) {
    atomic {
        if
        :: size < LONGEST -> log_of[size] = amendment; size++
        :: else -> skip
        fi
    }
}

proctype Reader(byte me) {
    byte before;
    byte upto;
    do
    :: read[me] < size ->
        atomic {
            /* The server shows some more of the log; a witnessed checkpoint says how much. */
            upto = read[me] + 1;
            if
            :: upto < size -> upto = size
            :: skip
            fi;
            before = force[me];
            do
            :: read[me] < upto ->
#ifdef MISTAKE_LAST_WINS
                force[me] = log_of[read[me]];
#else
                if
                :: force[me] == 0 -> force[me] = log_of[read[me]]
                :: else -> skip
                fi;
#endif
                read[me]++
            :: else -> break
            od;
#ifdef MISTAKE_BY_ARRIVAL
            /* Taken up as it reaches the reader by another way, before the log says which was first. */
            if
            :: before == 0 -> force[me] = 2
            :: true -> skip
            fi;
#endif
            assert(before == 0 || before == force[me]);
            assert(!(read[0] == read[1] && force[0] != force[1]))
        }
    :: read[me] == LONGEST -> break
    od
}

init {
    atomic {
        run Enactor(1);
        run Enactor(2);
        run Enactor(2);
        run Reader(0);
        run Reader(1)
    }
}
