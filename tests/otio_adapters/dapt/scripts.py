"""DAPT scripts as the tests need them."""

from __future__ import annotations

HEAD = """<?xml version="1.0" encoding="UTF-8"?>
<tt xmlns="http://www.w3.org/ns/ttml" xmlns:ttm="http://www.w3.org/ns/ttml#metadata"
    xmlns:ttp="http://www.w3.org/ns/ttml#parameter"
    xmlns:daptm="http://www.w3.org/ns/ttml/profile/dapt#metadata"
    ttp:contentProfiles="http://www.w3.org/ns/ttml/profile/dapt1.0/content" xml:lang="en" daptm:langSrc="fr"
    {rate}daptm:scriptRepresents="audio" daptm:scriptType="preRecording">
  <head>
    <metadata>
      <ttm:agent type="person" xml:id="actor"><ttm:name type="full">Jo Doe</ttm:name></ttm:agent>
      <ttm:agent type="character" xml:id="c1">
        <ttm:name type="alias">ASSANE</ttm:name><ttm:actor agent="actor"/>
      </ttm:agent>
      <ttm:agent type="character" xml:id="c2"><ttm:name type="alias">CLAIRE</ttm:name></ttm:agent>{origin}
    </metadata>
  </head>
  <body{body}>
"""
FOOT = """
  </body>
</tt>
"""
EVENTS = """    <div xml:id="d1" begin="10s" end="13s" ttm:agent="c1"
         daptm:onScreen="ON_OFF" daptm:represents="audio.dialogue">
      <ttm:desc daptm:descType="scene">At the museum</ttm:desc>
      <p xml:lang="fr" daptm:langSrc="fr"><span>Et c'est grâce à ça qu'on va devenir riches.</span></p>
      <p xml:lang="en"><span begin="0s">And thanks to that,</span><span begin="1.5s"> we're
         gonna get rich.</span></p>
    </div>
    <div begin="20s">
      <div xml:id="d2" begin="00:00:01.5" dur="2s" ttm:agent="c1 c2" daptm:represents="audio.dialogue">
        <p>Let's<br/>go!</p>
      </div>
      <div begin="5s" end="6s" daptm:represents="audio.dialogue"><p>No id, no event.</p></div>
    </div>
    <div xml:id="d3" begin="30s" end="31s" daptm:represents="audio.nonDialogueSounds"><p>A door slams.</p></div>
    <div xml:id="d4" begin="40s" end="42s" daptm:represents="audio.dialogue"><p/></div>"""


def script(events: str = EVENTS, *, rate: str = "", origin: str = "", body: str = "") -> str:
    """A DAPT script with these events."""
    code = f"\n      <daptm:daptOriginTimecode>{origin}</daptm:daptOriginTimecode>" if origin else ""
    return HEAD.format(rate=rate, origin=code, body=body) + events + FOOT
