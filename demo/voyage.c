/*
 * The voyage of the Sea Otter, from Port Royal to the X on the chart. Her captain steers by the sun, and in
 * fog by the compass. All goes well for three weeks, and then she is on the rocks. It is not the fog's fault.
 */
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

enum { WIDTH = 44, HEIGHT = 11, HOLD = 4, FOG_BANK = 32 };

enum cargo { NOTHING, SUGAR, PARROT, RUM, GUNPOWDER };
enum heading { NORTH, NORTHEAST, EAST, SOUTHEAST, SOUTH, SOUTHWEST, WEST, NORTHWEST };

struct place {
    const char *name;
    int x, y;
};

struct ship {
    int day;
    int x, y;
    int water; // in days
    enum cargo hold[HOLD];
    int deviation; // of the compass, in eighths of a turn; a good one has 0
    unsigned weather;
};

static const struct place route[] = {
    {"Port Royal", 2, 8}, {"Tortuga", 11, 3}, {"Nassau", 20, 8}, {"Havana", 29, 2}, {"the X", 41, 2},
};
enum { PLACES = sizeof route / sizeof *route };

// clang-format off
static char chart[HEIGHT][WIDTH + 1] = {
    "   .                               ~  ~     ",
    "         _##                      ~      ~  ",
    "       _#####              ##   ~   ~  ~ X ~",
    "         ####             ####    ~     ~   ",
    "                           ##   ~    ~    ~ ",
    "  ##             .               ~  ^  ~    ",
    " ####                           ~  ^^^    ~ ",
    "####              ##             ~ ^ ^^ ~   ",
    " ##              ####           ~   ~     ~ ",
    "      .           ####           ~    ~ ~   ",
    "                                        .   ",
};
// clang-format on

static const char *const cargo_names[] = {"nothing", "sugar", "a parrot", "rum", "gunpowder"};
static const char *const heading_names[] = {"north", "north-east", "east", "south-east",
                                            "south", "south-west", "west", "north-west"};

/* Pseudo-random, and so the same on every voyage. */
static unsigned roll(struct ship *ship, unsigned sides) {
    ship->weather = ship->weather * 1103515245u + 12345u;
    return (ship->weather >> 16) % sides;
}

static void stow(struct ship *ship, enum cargo what) {
    int slot = 0;
    while (ship->hold[slot] != NOTHING)
        slot++;
    ship->hold[slot] = what;
    printf("        stowed: %s\n", cargo_names[what]);
}

static bool arrived(const struct ship *ship, const struct place *goal) {
    return ship->x == goal->x && ship->y == goal->y;
}

static bool in_fog(const struct ship *ship) { return ship->x >= FOG_BANK; }

static int sign(int number) { return (number > 0) - (number < 0); }

static enum heading steer(const struct ship *ship, const struct place *goal) {
    static const enum heading by_signs[3][3] = {
        {NORTHWEST, NORTH, NORTHEAST}, {WEST, NORTH, EAST}, {SOUTHWEST, SOUTH, SOUTHEAST}};
    enum heading heading = by_signs[sign(goal->y - ship->y) + 1][sign(goal->x - ship->x) + 1];
    return in_fog(ship) ? (heading + ship->deviation) & 7 : heading;
}

/* One field ahead. Gives what ended the voyage there, or NULL. */
static const char *move(struct ship *ship, enum heading heading) {
    static const int dx[] = {0, 1, 1, 1, 0, -1, -1, -1};
    static const int dy[] = {-1, -1, 0, 1, 1, 1, 0, -1};
    ship->x += dx[heading];
    ship->y += dy[heading];
    if (ship->x < 0 || ship->x >= WIDTH || ship->y < 0 || ship->y >= HEIGHT)
        return "LOST! She sailed off the chart.";
    char *field = &chart[ship->y][ship->x];
    bool rocks = *field == '^';
    *field = rocks ? '*' : 'o';
    return rocks ? "WRECKED! The rocks have her." : NULL;
}

static void adventure(struct ship *ship) {
    if (ship->day == 3) {
        puts("        a barrel adrift, and it is full");
        stow(ship, RUM);
    } else if (ship->day == 10) {
        puts("        a storm, and something green lands on the deck");
        stow(ship, PARROT);
    }
}

static const char *sail_one_day(struct ship *ship, const struct place *goal) {
    const char *trouble = NULL;
    enum heading heading = steer(ship, goal);
    ship->day++;
    ship->water--;
    printf("day %2d  %s, water for %d days%s\n", ship->day, heading_names[heading], ship->water,
           in_fog(ship) ? ", fog" : "");
    unsigned wind = 1 + roll(ship, 2);
    for (unsigned mile = 0; mile < wind && !trouble && !arrived(ship, goal); mile++)
        trouble = move(ship, steer(ship, goal));
    adventure(ship);
    return trouble;
}

static void drop_anchor(struct ship *ship, const struct place *harbour) {
    printf("        ==> %s\n", harbour->name);
    ship->water = 14;
    if (strcmp(harbour->name, "Tortuga") == 0)
        stow(ship, GUNPOWDER);
}

static const char *voyage(struct ship *ship) {
    for (int next = 1; next < PLACES; next++) {
        while (!arrived(ship, &route[next])) {
            const char *trouble = sail_one_day(ship, &route[next]);
            if (trouble)
                return trouble;
            if (ship->water == 0)
                return "MUTINY! There is no water left.";
        }
        drop_anchor(ship, &route[next]);
    }
    return NULL;
}

int main(void) {
    struct ship otter = {.x = route[0].x, .y = route[0].y, .water = 14, .weather = 1718};
    puts("The Sea Otter leaves Port Royal.");
    stow(&otter, SUGAR);
    stow(&otter, SUGAR);
    const char *trouble = voyage(&otter);
    for (int y = 0; y < HEIGHT; y++)
        printf("    %s\n", chart[y]);
    printf("day %d: %s\n", otter.day, trouble ? trouble : "TREASURE! The chest is full of gold.");
    return trouble ? 1 : 0;
}
