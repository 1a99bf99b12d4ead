template <class T> static T stated(T number) { return number + 2000; }

int other_file() { return stated(1); } // #OTHER
