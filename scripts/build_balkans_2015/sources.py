"""sources.csv: id, title, publisher, date, address."""

from __future__ import annotations

from scripts.build_russia_2022.evidence import Cells

ESTIMATE = "emigre-estimates"

SOURCES = {
    ESTIMATE: ("Estimates of this project", "Emigre", "", "scripts/build_balkans_2015"),
    "unhcr-daily": (
        "Daily estimated arrivals per location, 1 October 2015 to 31 January 2016",
        "UNHCR",
        "",
        "https://data.unhcr.org/mediterranean",
    ),
    "frontex-nationality": (
        "Number of Syrian refugees to Greece drops: shares of nationalities by month",
        "Frontex, quoted by KUNA",
        "2016-01-28",
        "https://menafocus.qa/frontex-number-of-syrian-refugees-to-greece-drops/",
    ),
    "iom-january": (
        "Migrant arrivals in Greece top 45,000 through January 25",
        "IOM, quoted by Diplomat Magazine",
        "2016-01-27",
        "https://diplomatmagazine.eu/2016/01/27/migrant-arrivals-in-greece-top-45000",
    ),
    "unhcr-20-oct": (
        "Briefing notes: arrivals to Greece hit half a million",
        "UNHCR",
        "2015-10-20",
        "https://www.unhcr.org/562617c36.html",
    ),
    "unhcr-update-10": (
        "Europe's refugee emergency response, update 10, 6 to 12 November 2015",
        "UNHCR",
        "2015-11-13",
        "https://slidelegend.com/highlights-operational-context-unhcr_59ce85661723dd7757a76174.html",
    ),
    "unhcr-update-11": (
        "Europe's refugee emergency response, update 11, 13 to 19 November 2015",
        "UNHCR",
        "2015-11-20",
        "https://reliefweb.int/report/greece/europe-s-refugee-emergency-response-update-1113-19-november-2015",
    ),
    "unhcr-update-13": (
        "Europe's refugee emergency response, update 13, 27 November to 3 December 2015",
        "UNHCR",
        "2015-12-04",
        "https://fdocuments.in/document/europeas-refugee-emergency-response-update-13-europeas-refugee-emergeny.html",
    ),
    "hungary-serbia-fence": (
        "Construction of the Hungarian border fence; last gap closes, entry punishable",
        "Der Standard",
        "2015-09-13",
        "https://www.derstandard.at/story/2000022158840/bau-des-ungarischen-grenzzaunes",
    ),
    "hungary-croatia-closed": (
        "Hungary closes its border with Croatia as well, from midnight",
        "AFP, quoted by Die Zeit",
        "2015-10-16",
        "https://www.zeit.de/news/2015-10/16/eu-ungarn-schliesst-auch-die-grenze-zu-kroatien-16222802",
    ),
    "slovenia-opens": (
        "Croatia diverts migrants to Slovenia after Hungary closes border",
        "Reuters",
        "2015-10-17",
        "https://www.stabroeknews.com/2015/news/world/10/18/croatia-diverts-migrants-to-slovenia-after-hungary-closes-border/",
    ),
    "slovenia-2500": (
        "Slovenia caps refugee intake at 2,500 people per day",
        "International Business Times",
        "2015-10-19",
        "http://www.ibtimes.co.uk/migrant-crisis-slovenia-caps-refugee-intake-2500-people-per-day-1524596",
    ),
    "slovenia-3000": (
        "Slovenia to slow refugee flow: some 3,000 entered on Saturday",
        "The Nation",
        "2015-10-19",
        "https://staging.nation.com.pk/19-Oct-2015/slovenia-to-slow-refugee-flow",
    ),
    "slovenia-12000": (
        "Press conference of the Slovenian Ministry of the Interior, 22 October 2015",
        "Government of Slovenia, quoted by ReliefWeb",
        "2015-10-22",
        "https://reliefweb47206.rssing.com/chan-49135177/article562.html",
    ),
    "slovenia-15000": (
        "Slovenia: 15,000 migrants on Sunday, a record",
        "Al-Wasat News",
        "2015-10-26",
        "http://alwasatnews.com/news/1039052.html",
    ),
    "reuters-stranded": (
        "Thousands of migrants stranded on Balkan borders",
        "Reuters, quoted by NDTV",
        "2015-10-19",
        "https://ndtv.com/world-news/open-the-gate-migrants-stranded-on-balkan-borders-1233838",
    ),
    "ferry-strike": (
        "Seafarers' strike leaves thousands of migrants and refugees on Lesvos",
        "Greek Reporter",
        "2015-11-04",
        "https://greece.greekreporter.com/2015/11/04/seafarers-strike-leaves-thousands-of-migrants-and-refugees-on-lesvos/",
    ),
    "filter-unhcr": (
        "Serbia and Macedonia limit passage to Syrians, Iraqis and Afghans",
        "UNHCR, quoted by Voice of America",
        "2015-11-19",
        "https://www.voanews.com/a/serbia-macedonia-migrants/3064936.html",
    ),
    "filter-croatia": (
        "Croatia closes its borders for economic migrants; Slovenia did before",
        "refugeeprotest.org",
        "2015-11-19",
        "https://refugeeprotest.org/2015/11/19/rep-of-macedonia-erects-fence-borders-closed/",
    ),
    "filter-protest": (
        "Nations shut their borders to economic migrants; Idomeni shut since the morning",
        "Associated Press, quoted by KTNV",
        "2015-11-19",
        "https://www.ktnv.com/news/national/european-nations-shut-their-borders-to-economic-migrants",
    ),
    "transit-presevo": (
        "Situation at Presevo and Miratovac, 20 November 2015",
        "Moving Europe",
        "2015-11-20",
        "https://moving-europe.org/20-11-2015-situation-at-presevo-and-miratovac/",
    ),
    "transit-trains": (
        "Trains from Croatia through Slovenia and further to Austria",
        "News from the Balkan route",
        "2015-10-28",
        "https://europafb.blogspot.com/2015/10/news-from-balcanroute-trains-from.html",
    ),
    "transit-idomeni": (
        "Refugees: border crossing at Idomeni, train of four hours to Serbia",
        "Kostis Ntantamis",
        "",
        "http://www.kostisntantamis.com/refugees--border-crossing",
    ),
    "transit-ferry": (
        "An Aegean journey of despair: night ferry from Lesvos to Piraeus",
        "Kathimerini",
        "",
        "https://www.ekathimerini.com/in-depth/special-report/201454/an-aegean-journey-of-despair/",
    ),
    "ecre-december": (
        "Western Balkan news brief, 12 to 31 December: refugees waiting in winter conditions",
        "ECRE, quoted by the Swiss Refugee Council",
        "2016-01-08",
        "https://www.refugeecouncil.ch/ecre/ecre-news/new-page-1.html",
    ),
    "croatia-28-oct": (
        "Croatia spends over 3.5 million euros on migrants and refugees",
        "Total Croatia News",
        "2015-10-29",
        "http://editorial.total-croatia-news.com/politics/1318-croatia-spends-over-3-5-million-euros-on-migrants-and-refugees",
    ),
    "sweden-id": (
        "Sweden to impose ID checks on travellers from Denmark",
        "Euractiv",
        "2016-01-03",
        "https://www.euractiv.com/section/justice-home-affairs/news/sweden-to-impose-id-checks-on-travellers-from-denmark/",
    ),
    "destinations-serbia": (
        "Serbia to only allow Austria and Germany-bound migrants through",
        "dpa, quoted by aboutcroatia.net",
        "2016-01-20",
        "https://aboutcroatia.net/news/balkan/serbia-only-allow-austria-and-germany-bound-migrants-through-7138",
    ),
    "macedonia-19-jan": (
        "Balkan states attempt to limit numbers of refugees claiming asylum",
        "The Guardian",
        "2016-01-20",
        "https://www.theguardian.com/world/2016/jan/20/balkan-states-attempt-to-limit-numbers-of-refugees-claiming-asylum",
    ),
    "macedonia-21-jan": (
        "FYROM reopens border for refugees heading to Austria, Germany",
        "InSerbia",
        "2016-01-21",
        "https://inserbia.info/today/2016/01/fyrom-reopens-border-for-refugees-heading-to-austria-germany/",
    ),
    "austria-ceilings": (
        "Austria to limit number of asylum claims to 80 per day, 3,200 in transit",
        "dpa, quoted by EBL News",
        "2016-02-17",
        "https://eblnews.com/news/europe/austria-limit-number-asylum-claims-80-day-10651",
    ),
    "afghans-stopped": (
        "Border of Greece and Macedonia closed to Afghans",
        "AFP, quoted by SAPO 24",
        "2016-02-21",
        "http://24.sapo.pt/atualidade/artigos/fronteira-grecia-macedonia-fechada-aos-afegaos",
    ),
    "papers-asked": (
        "Macedonia asks Syrians and Iraqis for a passport or identity card",
        "Naftemporiki",
        "2016-02-22",
        "https://services.naftemporiki.gr/printStory/1069734",
    ),
    "quota-580": (
        "Slovenian police: regional agreement will limit migrant flow to 580 a day",
        "Reuters",
        "2016-02-26",
        "https://sg.news.yahoo.com/slovenian-police-regional-agreement-limit-migrant-flow-123602611.html",
    ),
    "route-closed": (
        "Slovenia effectively closes the Balkan route from midnight; Serbia follows suit",
        "AFP, quoted by The Japan Times",
        "2016-03-09",
        "http://www.japantimes.co.jp/news/2016/03/09/world/social-issues-world/slovenia-effectively-closes-balkan-route-migrants-serbia-follows-suit/",
    ),
    "route-closed-macedonia": (
        "Balkan route is declared closed; Macedonia admits nobody since Monday",
        "The Irish Times",
        "2016-03-09",
        "https://www.irishtimes.com/news/world/europe/tens-of-thousands-in-limbo-as-balkan-route-is-declared-closed-1.2566704",
    ),
    "eu-turkey": (
        "EU-Turkey statement, 18 March 2016",
        "European Council, quoted by Statewatch",
        "2016-03-18",
        "https://www.statewatch.org/news/2016/march/eu-turkey-summit-eu-turkey-statement-18-march-2016/",
    ),
}


def build_sources(named: set[str]) -> list[Cells]:
    """The sources that some row names, in alphabetical order."""
    columns = ("title", "publisher", "published", "address")
    return [{"id": key, **dict(zip(columns, SOURCES[key], strict=True))} for key in sorted(named)]
