"""sources.csv: id, title, publisher, date, address."""

from __future__ import annotations

from scripts.scenario_tables import ESTIMATE

SOURCES = {
    ESTIMATE: ("Estimates of this project", "Emigre", "", "scripts/build_ukraine_2022"),
    "unhcr-portal": (
        "Ukraine refugee situation, arrivals by day and country",
        "UNHCR",
        "",
        "https://data.unhcr.org/en/situations/ukraine",
    ),
    "ukrstat-population": (
        "Population by region (by estimate), December 2021 and January 2022",
        "State Statistics Service of Ukraine, quoted by my.ua",
        "2022-01-25",
        "https://my.ua/uk/news/cluster/2022-01-25-skolko-liudei-seichas-zhivet-v-ukraine-ofitsialnye-dannye",
    ),
    "mariupol-population": (
        "Mariupol: 425,681 people, estimate of January 2022",
        "State Statistics Service of Ukraine, quoted by Wikipedia",
        "2022-01-01",
        "https://wikimili.com/en/Mariupol",
    ),
    "mariupol-besieged": (
        "Complete encirclement of Mariupol announced on 2 March",
        "Ministry of Defence of Russia, quoted by defenceview.in",
        "2022-03-24",
        "https://defenceview.in/2022/03/24/russia-ukraine-war-what-does-mariupol-look-like-now/",
    ),
    "mariupol-convoy": (
        "A convoy of over 160 cars leaves Mariupol, the first successful evacuation",
        "Reuters, quoted by Rappler",
        "2022-03-14",
        "https://www.rappler.com/world/europe/convoy-cars-leaves-encircled-ukrainian-city-mariupol/",
    ),
    "mariupol-cars": (
        "Over 39,000 people leave Mariupol by their own vehicles over the past week",
        "Mariupol City Council, quoted by Interfax-Ukraine",
        "2022-03-20",
        "https://interfax.com/newsroom/top-stories/77072/",
    ),
    "mariupol-deported": (
        "15,000 people of Mariupol's Left Bank district deported, 6,000 of them in Russia",
        "Mariupol City Council, quoted by newsme.com.ua",
        "2022-03-24",
        "https://newsme.com.ua/en/accident/incident/4412340/",
    ),
    "mariupol-east": (
        "4,621 people from Mariupol brought to Bezimenne since 5 March",
        "Territorial defence staff of the Donetsk authorities, quoted by News Front",
        "2022-03-23",
        "https://de.news-front.su/2022/03/23/dvr-562-menschen-in-den-letzten-24-stunden-aus-mariupol-evakuiert",
    ),
    "ukrstat-households": (
        "Households by size and children, 2007 and 2008; by sex and age of members, 2009 and 2010",
        "State Statistics Service of Ukraine",
        "2010-01-01",
        "https://ukrstat.gov.ua/operativ/operativ2010/gdn/sdh/dod_01.htm",
    ),
    "passports": (
        "More than 14 million biometric passports issued; holders are a quarter fewer",
        "Ukrinform",
        "2019-12-01",
        "https://www.ukrinform.net/rubric-society/2839045-over-14-million-biometric-passports-issued-in-ukraine.html",
    ),
    "passports-2021": (
        "International passports issued by year, 2015 to 2021",
        "Opendatabot",
        "2021-05-21",
        "https://opendatabot.ua/en/analytics/passports",
    ),
    "foreign-students": (
        "Foreign students in Ukraine: 76,548 from 155 countries",
        "University World News",
        "2022-03-01",
        "https://kiosk.tm/blog/education/harrowing-tales-as-international-students-flee-to-border/",
    ),
    "exit-ban": (
        "Martial law: Ukrainian men aged 18-60 cannot leave the country",
        "Ukrainska Pravda, State Border Guard Service",
        "2022-02-24",
        "https://www.pravda.com.ua/eng/news/2022/02/24/7325577/",
    ),
    "exit-ban-exceptions": (
        "Exceptions to the restriction for men: three children, single parents, unfit",
        "dopomoha.org.ua, State Border Guard Service",
        "",
        "https://dopomoha.org.ua/en/exceptions-to-the-restriction-which-prohibits-men-to-leave-the-territory-of-ukraine/",
    ),
    "eastern-checkpoints": (
        "Ukraine closes all checkpoints on the border with Russia, Belarus and Transnistria",
        "Interfax-Ukraine",
        "2022-02-27",
        "https://en.interfax.com.ua/news/general/803208.html",
    ),
    "poland-no-papers": (
        "Eyewitness: thousands cross the Polish border; those without documents are let through",
        "Deutsche Welle",
        "2022-02-27",
        "https://www.dw.com/en/eyewitness-thousands-of-ukrainians-flood-polish-border/a-60937731",
    ),
    "slovakia-no-papers": (
        "Slovakia admits people without a valid travel document, from 25 February 2022",
        "Ministry of Interior of Slovakia, quoted by golos.ua",
        "2022-03-01",
        "https://golos.ua/amp/news/slovakyya-razreshyt-vezd-ukrayntsam-bezhentsam-bez-byometrycheskogo-pasporta",
    ),
    "entry-rules": (
        "Entry of Ukrainians into neighbouring states and the Union: papers, 90 days",
        "xpath.global",
        "2022-03-01",
        "https://xpath.global/?p=3829",
    ),
    "entry-by-country": (
        "Entry from Ukraine with and without papers: Poland, Slovakia, Hungary, Romania",
        "bnt attorneys",
        "2022-05-10",
        "https://bnt.eu/bnt-news/help-guide-for-ukrainians",
    ),
    "schengen-waiver": (
        "Visa-free travel with a biometric passport since 11 June 2017",
        "Ministry of Internal Affairs of Ukraine",
        "2018-09-01",
        "https://mvs.gov.ua/en/pages/5771_More_than_10_million_biometric_passports_have_been_issued.htm",
    ),
    "temporary-protection": (
        "Council Implementing Decision (EU) 2022/382 of 4 March 2022",
        "Official Journal of the European Union",
        "2022-03-04",
        "https://eur-lex.europa.eu/legal-content/EN/TXT/?uri=celex%3A32022D0382",
    ),
    "polish-act": (
        "Act of 12 March 2022 on assistance to citizens of Ukraine: 18 months of legal stay",
        "Library of Congress, Global Legal Monitor",
        "2022-04-27",
        "https://www.loc.gov/item/global-legal-monitor/2022-04-27/poland-parliament-adopts-new-law-to-regulate-influx-of-ukrainian-refugees-and-provide-them-with-protection-and-assistance/",
    ),
    "free-trains": (
        "European railways carry refugees free of charge; evacuation trains of Ukrzaliznytsia",
        "International Railway Journal",
        "2022-03-01",
        "https://www.railjournal.com/regions/europe/europe-continues-to-support-ukrainian-refugees/",
    ),
    "evacuation-trains": (
        "Boarding of evacuation trains is free, first come first served",
        "Ukrzaliznytsia, quoted by Interfax-Ukraine",
        "2022-02-26",
        "https://en.interfax.com.ua/news/economic/802939.html",
    ),
    "queues-28-feb": (
        "Ukrainians face long wait at borders as officials seek to ease bottlenecks",
        "Reuters",
        "2022-02-28",
        "https://fin2me.com/markets/ukrainians-face-long-wait-at-borders-as-officials-seek-to-ease-bottlenecks/",
    ),
    "queues-romania": (
        "Freezing weather and border bottlenecks: 20 to 30 hours to enter Romania",
        "Reuters",
        "2022-02-28",
        "https://power-linking-profits.com/freezing-weather-and-border-bottlenecks-as-ukrainians-flee-war/",
    ),
    "shehyni-13-march": (
        "On the border with Poland on 13 March: three hours on foot",
        "The Epoch Times",
        "2022-03-15",
        "https://theepochtimes.com/world/on-ukraine-poland-border-aid-floods-in-as-refugees-flee-4339448",
    ),
    "withdrawal": (
        "Russia says it will drastically reduce military activity around Kyiv and Chernihiv",
        "CNN",
        "2022-03-29",
        "https://kion546.com/news/national-world/cnn-europe-mideast-africa/2022/03/29/russia-says-it-will-reduce-military-operations-around-kyiv-following-talks-with-ukraine-2/",
    ),
    "million-in-a-week": (
        "One million refugees have fled Ukraine in a week",
        "UNHCR, quoted by vindobona.org",
        "2022-03-03",
        "https://www.vindobona.org/article/unhcr-one-million-refugees-have-fled-ukraine-in-a-week",
    ),
    "planning-4-million": (
        "UN refugee chief: one million have fled; planning for up to four million",
        "Voice of America",
        "2022-03-03",
        "https://voa.pangea-cms.com/preview/en-US/a/un-refugee-chief-1-million-have-fled-ukraine-in-russian-invasion-s-first-week/6468474.html",
    ),
    "poland-27-feb": (
        "Nearly 200,000 crossed into Poland; 77,000 on Saturday",
        "Polish Border Guard, quoted by Daily Sabah",
        "2022-02-27",
        "https://www.dailysabah.com/world/europe/as-thousands-flee-ukrainian-men-return-from-abroad-to-fight-russia/amp",
    ),
    "poland-trains": (
        "Polish trains to Germany free for Ukrainians; 1.43 million entries; 1.5 million before",
        "PKP, quoted by globelivemedia.com",
        "2022-03-10",
        "https://globelivemedia.com/world/war-in-ukraine-poland-makes-its-trains-free-for-ukrainians-going-to-germany/",
    ),
    "returns-1-march": (
        "80,000 Ukrainians came back in five days, most of them men",
        "State Border Guard Service of Ukraine, quoted by TV Republika",
        "2022-03-01",
        "https://tvrepublika.pl/Kobiety-z-dziecmi-uciekaja-z-Ukrainy-do-Polski-Bohaterowie-podazaja-w-przeciwnym-kierunku,136877.html",
    ),
    "iom-round-1": (
        "Ukraine internal displacement report, general population survey, round 1",
        "IOM",
        "2022-03-21",
        "https://dtm.iom.int/reports/ukraine-internal-displacement-report-general-population-survey-round-1-9-16-march-2022",
    ),
    "eurostat-permits": (
        "Ukrainian citizens with a valid residence permit at the end of 2020",
        "Eurostat (migr_resvalid)",
        "",
        "https://ec.europa.eu/eurostat/databrowser/view/migr_resvalid",
    ),
}
