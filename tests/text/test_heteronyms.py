"""English words that are written alike: their phones are those of the sense that the sentence wants."""

from __future__ import annotations

import re

import pytest

from framevox.engine_daemon.text import read_line

LINES = """
The lead[lˈid] in the race changed hands.
The lead[lˈɛd] in the paint made them sick.
He's as heavy as lead[lˈɛd].
You lead[lˈid] and I follow.
She read[ɹˈɛd] his diary.
I never read[ɹˈid] reviews.
They read[ɹˈɛd] the will last week.
Did you read[ɹˈid] it?
Go read[ɹˈid] a book.
I read[ɹˈɛd] your file.
You read[ɹˈid] people well.
I read[ɹˈɛd] that somewhere.
We're going live[lˈIv].
We live[lˈɪv] in fear.
The bands play live[lˈIv].
People live[lˈɪv] here.
Is this live[lˈIv]?
Come close[klˈOs].
The shops close[klˈOz] at nine.
You're too close[klˈOs].
Close[klˈOz] it.
It was a close[klˈOs] call.
The close[klˈOz] of the day.
She wants to wind[wˈInd] the wool.
The wind[wˈɪnd] is strong.
Wind[wˈInd] up the toy.
She shed a single tear[tˈɪɹ].
I'd tear[tˈɛɹ] it up.
He has a tear[tˈɪɹ] in his eye.
He has a tear[tˈɛɹ] in his shirt.
The actors took a bow[bˈW].
A bow[bˈO] and arrow.
Bow[bˈW] your head.
My neighbors had a blazing row[ɹˈW].
Front row[ɹˈO] seats.
Just a minute[mˈɪnət].
The odds are minute[mInˈut].
The desert[dˈɛzəɹt] sun.
They'll desert[dəzˈɜɹt] you.
I object[əbʤˈɛkt].
An unidentified flying object[ˈɑbʤəkt].
Do you have a present[pɹˈɛzᵊnt] for me?
He will present[pɹizˈɛnt] the plan.
I'm quite content[kəntˈɛnt].
The content[kˈɑntɛnt] is great.
Record[ɹəkˈɔɹd] this.
A vinyl record[ɹˈɛkəɹd].
Turn up the bass[bˈAs].
They're fishing for bass[bˈæs].
I dove[dˈOv] in after him.
She wound[wˈWnd] the clock.
It is an open wound[wˈund].
Use[jˈuz] your head.
There's no use[jˈus].
Where do you house[hˈWz] them?
We suspect[səspˈɛkt] arson.
The prime suspect[sˈʌspˌɛkt] is gone.
The prices increase[ɪnkɹˈis] daily.
A big increase[ˈɪnkɹˌis].
He rebels[ɹəbˈɛlz] against everything.
The rebels[ɹˈɛbᵊlz] attacked.
Can you separate[sˈɛpəɹˌAt] them?
Separate[sˈɛpəɹət] rooms, please.
She graduates[ɡɹˈæʤʊˌAts] in May.
That is a deliberate[dəlˈɪbəɹət] lie.
They refuse[ɹəfjˈuz] help.
It's a perfect[pˈɜɹfəkt] day.
We must protest[pɹətˈɛst].
They held a protest[pɹˈOtˌɛst].
The workers protest[pɹətˈɛst] every day.
He insults[ɪnsˈʌlts] everyone.
Combine[kəmbˈIn] the two.
The plants produce[pɹədˈus] oxygen.
Local produce[pɹˈOdˌus] is best.
Don't excuse[ɪkskjˈuz] him.
A lame excuse[ɪkskjˈus].
He's an addict[ˈædɪkt].
A permit[pˈɜɹmɪt] costs money.
The law permits[pəɹmˈɪts] it.
His whole conduct[kˈɑndˌʌkt] is odd.
Their accounts conflict[kənflˈɪkt].
An escort[ˈɛskˌɔɹt] will meet you.
I'll escort[ɪskˈɔɹt] you.
I'd like to update my resume[ɹˈɛzəmˌA].
Let's resume[ɹəzˈum].
"""


@pytest.mark.parametrize("line", LINES.strip().splitlines())
def test_a_heteronym_sounds_as_its_sentence_wants(line: str) -> None:
    text = re.sub(r"\[[^\]]*\]", "", line)
    said = {word.text: word.reading for word in read_line(text, "en").words}
    for word, phones in re.findall(r"([A-Za-z']+)\[([^\]]+)\]", line):
        assert said[word] == (phones,)


def test_a_heteronym_says_whether_its_neighbours_told() -> None:
    word = next(word for word in read_line("I read it.", "en").words if word.text == "read")
    assert word.source == "phrase" and 0 < word.doubt < 0.5
    assert all(not word.reading for word in read_line("Hello there, Jack.", "en").words if word.text != "there")
