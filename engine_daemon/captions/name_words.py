"""Words that are names, and words that are none although they stand before a colon."""

from __future__ import annotations


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


ORDINALS = _words("first second third")

SENTENCE_WORDS = _words(
    """
    warning caution danger note notice attention question answer remember reminder listen look wait stop yes no
    well okay ok first second third finally example tip hint error update breaking chapter scene part act step rule
    fact conclusion result summary subject re fyi ps todo fixme time date today tomorrow tonight monday tuesday
    wednesday thursday friday saturday sunday is it this that here there the a an my your what why how when who
    where because but and so or i you he she we they version news alert message title spoiler
    """
)
"""Words that no name holds, however it is written."""

HEADINGS = SENTENCE_WORDS | _words(
    """
    problem problems truth reason reasons idea plan plans thing things point points deal choice option options
    secret case matter issue issues trouble bottom line goal target order orders proof evidence theory lesson
    moral verdict diagnosis cause effect status report reports memo quote unquote translation correction
    answers questions rules facts results hints tips notes warnings examples details detail remark
    comment reply response statement announcement bulletin alarm emergency mayday roger copy over repeat again
    anyway also plus then now still meanwhile besides therefore thus hence namely including like especially
    basically honestly seriously actually frankly clearly obviously apparently maybe perhaps probably please
    sorry thanks hello hi hey bye goodbye welcome congratulations cheers dear bad great fine sure right left
    wrong true false correct exactly everything nothing something anything everyone nobody somebody him her them
    us me his their our mine yours theirs says said say told asked tell ask think thought know knew see saw
    looks imagine suppose guess believe mean means hear heard read write written call called go going run come
    take get give make let try keep put turn open close up down in out on off from to at by for with without of
    as if not only just even ever never always often sometimes once twice soon later before after until
    while during since yesterday morning afternoon evening night noon midnight week weeks month months year years
    days hour hours minute minutes seconds zero four five six seven eight nine ten eleven twelve hundred
    thousand half cost costs total sum score size weight height age name names address phone
    number numbers email password code key input output file folder lines paragraph section shot
    takes cut camera sound music lights action slate reel level phase stage mission objective task tasks
    room floor door gate exit entrance road platform track flight train bus location place places
    menu recipe ingredients dinner lunch breakfast regards sincerely signed attn cc bcc via ref id
    nr vs etc ie eg viz http https ftp mailto tel www
    """
)
"""Words that head a line when they are capitalised as a sentence is: ``Problem: he knows.``"""

ROLES = _words(
    """
    speaker guard narrator man woman boy girl kid child baby mother father mom mum dad mommy mummy daddy ma pa
    grandma grandpa granny grandmother grandfather aunt auntie uncle brother sister son daughter husband wife
    doctor nurse officer cop policeman policewoman detective inspector sergeant captain lieutenant general major
    soldier pilot driver waiter waitress bartender barista clerk cashier teller receptionist secretary boss
    manager teacher professor student coach judge lawyer attorney prosecutor bailiff priest pastor nun monk
    king queen prince princess lord lady knight servant butler maid chef cook host hostess anchor reporter
    interviewer interviewee announcer presenter moderator operator dispatcher customer client agent robot
    computer voice stranger neighbor neighbour friend roommate landlord crowd everybody all both others
    villager farmer hunter fisherman sailor pirate thief burglar robber killer prisoner hostage victim witness
    patient passenger tourist actor actress director producer singer dancer bride groom singer player referee
    mayor president senator minister ambassador spy scientist engineer hacker caller listener
    """
)
"""Who speaks without a name, also in small letters and with a number: ``guard 2``."""

GIVEN_NAMES = _words(
    """
    aaron abby abdul abigail adam adrian agnes ahmed aidan aisha akira alan albert alejandro alex alexander
    alexandra alexis alfred ali alice alicia alina alison allison alma alyssa amanda amber amelia amir amy ana
    anastasia andre andrea andreas andrew andy angela angelina angus anita anke anna annabelle anne annie
    anthony antoine anton antonio anya archie ariel arjun arnold arthur arturo asha ashley astrid audrey august
    aurora ava axel aya barbara barney barry bartholomew beatrice becky ben benjamin bernadette bernard bernie bert
    bertha beth betsy betty beverly bianca bjorn bob bobby boris brad brandon brenda brendan brent brett brian
    bridget britney brittany bruce bruno bryan caitlin caleb calvin cameron camila camille candice carl carla
    carlos carmen carol carole caroline carolyn carrie casey cassandra catherine cathy cecilia cedric celeste
    celine chad chandler charlene charles charlie charlotte chelsea cheryl chloe chris christian christina
    christine christopher cindy claire clara clarence claude claudia clayton clifford clint clyde cody colin
    connie connor constance cora corey courtney craig cristina curtis cynthia daisy dakota damian damon dan
    daniel daniela danielle danny daphne darlene darren darryl dave david dawson dean deborah debra deirdre
    delilah dennis derek desmond diana diane diego dieter dimitri dmitri dominic don donald donna dora doreen
    doris dorothy doug douglas duncan dustin dylan eddie edgar edith edmund edna eduardo edward edwin eileen
    elaine eleanor elena eli elias elijah elisa elise elizabeth ella ellen ellie elliot elmer elsa elsie elvis
    emily emma emmanuel enrique eric erica erik erika erin ernest ernie esmeralda esteban estelle esther ethan
    eugene eva evan evelyn fatima federico felicia felipe felix fernando finn fiona florence floyd frances
    francesca francis francisco franco francois frankie franz fred freddie frederick frida frieda fritz gabriel
    gabriela gareth gary gavin geoffrey george georgia gerald gerard gerry gertrude gilbert gina giovanni giulia
    gladys glenda glenn gloria gordon greg gregory greta gretchen guido guillermo gustav gwen hana hanako hank
    hannah hans harold harriet harry haruto harvey hassan hazel heather hector heidi heinz helen helena helga
    henri henry herbert herman hilda hiroshi homer horace howard hubert hugh hugo ian ibrahim ida ignacio igor
    imogen ingrid ira irene irina iris irma irving isaac isabel isabella isaiah ivan jackie jacob jacqueline
    jack jacques jaden jaime jake jamal james jamie jan jane janet janice jared jasmine jason javier jay jean
    jeff jeffrey jennifer jenny jeremiah jeremy jerome jerry jesse jessica jill jim jimmy joan joanna joanne joe joel
    joey johan johann john johnny jon jonathan jordan jorge jose josef joseph josephine josh joshua joyce juan juanita
    judith judy julia julian juliana julie juliet julio julius jun jurgen justin kaito karen karin karl karla
    kate katherine kathleen kathryn kathy katie katrina kayla keiko keith kelly kelvin ken kenji kenneth kenny
    kevin khalid kim kimberly kirsten klaus kristen kristin kristina kurt kyle lana lara larry lars laura lauren
    laurence laurie lawrence leah lee leila lena lenny leo leon leonard leonardo leroy leslie lester leticia levi
    li lian liam lillian lily lin linda lindsay ling lisa liu liz lloyd logan lois lola lonnie lorenzo loretta
    lori lorraine lou louis louisa louise luc lucas lucia lucille lucy luigi luis luisa luka luke luna luther
    lydia lyle lynn mabel mackenzie maddie madeleine madison maggie malcolm malik mandy manuel marc marcel marcia
    marco marcus margaret margot maria marian marianne marie marilyn mario marion marjorie marlene marlon marsha
    martha martin marvin mary mathias matilda matt matteo matthew maureen maurice max maxine maya megan mehmet
    mei melanie melinda melissa melvin mercedes meredith mia michael micheal michel michelle miguel mike mikhail
    mildred millie milo milton min mindy ming minnie miranda miriam mitch mitchell mohamed mohammed moira moises
    molly mona monica monique morgan morris muhammad muriel myra nadia nancy naomi natalia natalie natasha nathan
    nathaniel neil nelson nicholas nick nicola nicolas nicole nigel nikita nikki nikolai nina noah noel nora
    norma norman olaf oleg olga oliver olivia omar ophelia oscar osman otis otto owen pablo pamela paolo patricia
    patrick patty paul paula pauline pedro peggy penelope percy perry pete peter petra peyton phil philip philippa
    phillip phoebe phyllis pierre pietro polly priscilla priya quentin quincy rachel rafael ralph ramon randall
    randy raquel rashid raul raymond rebecca regina reginald rene renee rhonda ricardo richard rick ricky riley
    rita roberta robert roberto rodney rodrigo roger roland rolf roman ron ronald ronnie rory rosa rosalie
    rosemary rosie ross roxanne roy ruben rudolf rudolph rudy rupert russell ruth ryan sabrina sadie saito sakura
    sally salma sam samantha samson samuel sandra sanjay santiago sarah sasha satoshi scott sean sebastian selena
    serena sergei sergio seth shane shannon sharon shaun shawn sheila sheldon shelly sherlock sherry shirley sid
    sidney silvia simon simone sofia sonia sophia sophie stacy stan stanley stefan stella stephanie stephen steve
    steven stewart stuart susan susanna susie suzanne sven svetlana sybil sylvester sylvia takashi tamara tammy
    tania tanya taro tatiana tara taylor ted teddy terence teresa terri terry tessa thelma theo theodore theresa
    thomas tiffany tim timothy tina toby todd tom tommy toni tony tracy travis trevor trisha tristan troy tyler
    ulrich umberto ursula valentina valerie vanessa vera vernon veronica vicki vicky victor victoria vincent
    viola violet virgil virginia vivian vlad vladimir waldo wallace walter wanda wayne wei wendell wendy wesley
    wilbur wilfred wilhelm willem william willie willis wilma winifred winston wolfgang xavier xiaohong xiaolin
    xiaoming ximena yan yang yasmin yolanda yoko yosef yuki yuri yusuf yvette yvonne zach zachary zara zelda zoe
    """
)
"""Given names that are no other word of English, in small letters."""

NOT_HAN_NAMES = _words(
    """
    注意 警告 提示 问题 问 答 答案 例如 比如 时间 地点 记住 结论 结果 总之 其一 其二 第一 第二 第三 首先 最后
    危险 通知 公告 备注 说明 标题 如下 即 也就是 原因 目的 方法 条件 注 例 重点 关键 区别 优点 缺点 价格 电话 地址
    日期 天气 答曰 比分 总分 密码 号码 姓名 年龄 性别 另外 此外 其次 其实 当然 反正 结果呢 总结 建议 任务 目标
    规则 規則 要求 理由 真相 事实 消息 好消息 坏消息 最新消息 問題 警示 時間 地點 記住 結論 結果 原因
    質問 答え 例えば 場所 理由 目的 条件 結論 注目 重要 ポイント ヒント ルール テーマ タイトル メモ 日時 料金 住所
    문제 질문 대답 정답 주의 경고 결론 결과 이유 시간 장소 예 첫째 둘째 셋째
    """
)
"""Words of Chinese, Japanese and Korean that head a line."""
